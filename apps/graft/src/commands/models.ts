import { createInterface } from 'node:readline/promises';
import { describeCard } from '@graft/finetune';
import { ownFolder } from '@graft/finetune/node';
import { counted, megabytes, textTable } from '@graft/report';
import { getCard, type ModelCard, modelCard, searchCards } from '@graft/zoo';
import { findModel, hasModel, type OpenModelOptions, pruneModels, pullModel, verifyModels } from '@graft/zoo/node';
import { openApp, type PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { writeOut } from '../write-out.ts';

/** The available model cards by name, and how to open their files. */
async function zoo(plugins: PluginOptions): Promise<{ cards: readonly ModelCard[]; options: OpenModelOptions }> {
  const app = await openApp(plugins);
  const cards = [...app.all(modelCard)].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { cards, options: { app, from: [process.cwd(), ownFolder, import.meta.dirname] } };
}

/** Prints a table of the cards that contain all words. */
export async function listModels(
  words: readonly string[],
  { json, ...plugins }: PluginOptions & { json?: boolean },
): Promise<void> {
  const { cards, options } = await zoo(plugins);
  const found = searchCards(cards, words);
  if (json) return writeOut(JSON.stringify(found, null, 2));
  if (!found.length)
    return writeOut(
      `No model card contains ${words.map((word) => JSON.stringify(word)).join(' and ')} (${counted(cards.length, 'model')} searched).`,
    );
  const rows: string[][] = [];
  for (const card of found)
    rows.push([
      card.name,
      card.title,
      megabytes(card.bytes),
      card.licence,
      card.verified ? 'yes' : 'no',
      (await hasModel(card, options)) ? 'yes' : 'no',
    ]);
  writeOut(textTable(['name', 'title', 'size', 'licence', 'verified', 'installed'], rows));
}

/** Prints a card. */
export async function modelInfo(name: string, { json, ...plugins }: PluginOptions & { json?: boolean }): Promise<void> {
  const { cards, options } = await zoo(plugins);
  const card = getCard(cards, name);
  const here = await findModel(card, options).catch(() => undefined);
  if (json) return writeOut(JSON.stringify({ ...card, here: here?.where ?? null }, null, 2));
  writeOut(describeCard(card, here?.where));
}

export interface PullOptions extends PluginOptions {
  /** SPDX identifier of a restrictive licence that the user accepts. */
  readonly acceptLicence?: string;
  readonly update?: boolean;
  readonly lock?: boolean;
}

/** Downloads models, and pins them for the project in the working folder. */
export async function pullModels(
  names: readonly string[],
  { acceptLicence, update = false, lock = true, ...plugins }: PullOptions,
  { signal, listen }: Reporter,
): Promise<void> {
  const { cards, options } = await zoo(plugins);
  for (const { name, licence, origin } of names.map((one) => getCard(cards, one))) {
    const { bytes } = await pullModel(name, {
      ...options,
      lock,
      update,
      accept: async () =>
        acceptLicence === licence || ask(`${name} has the licence ${licence} (${origin}). Do you accept it? [y/N] `),
      ...(signal && { signal }),
      progress: (done, total) => listen({ type: 'download', what: name, done, total }),
    });
    writeOut(
      `${name}: ${megabytes(bytes.length)}, ${licence}, SHA-256 verified${lock ? ', pinned in graft-models.lock.json' : ''}`,
    );
  }
}

/** Asks on a terminal; elsewhere the answer is no. */
async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** Checks every model file on this machine against its card. @returns whether all match */
export async function printVerifiedModels(plugins: PluginOptions): Promise<boolean> {
  const verified = await verifyModels((await zoo(plugins)).options);
  const errors = verified.flatMap(({ error }) => error ?? []);
  for (const error of errors) writeOut(error);
  const matching = verified.length - errors.length;
  writeOut(
    `${counted(matching, 'model file')} on this machine ${matching === 1 ? 'matches its card' : 'match their cards'}${errors.length ? `, ${errors.length} ${errors.length === 1 ? 'does' : 'do'} not` : ''}.`,
  );
  return errors.length === 0;
}

/** Removes cached files without a card and partial downloads; with `all`, every cached file. */
export async function pruneCache({ all = false, ...plugins }: PluginOptions & { all?: boolean }): Promise<void> {
  const { cards } = await zoo(plugins);
  const removed = await pruneModels(new Set(all ? [] : cards.map(({ sha256 }) => sha256)));
  writeOut(
    `Removed ${counted(removed.length, 'file')}, ${megabytes(removed.reduce((sum, { bytes }) => sum + bytes, 0))}.`,
  );
}
