import { createInterface } from 'node:readline/promises';
import { didYouMean } from '@graft/plugin';
import { isPermissive, type ModelCard, modelCard } from '@graft/zoo';
import {
  findModel,
  keptFiles,
  openModel,
  type OpenModelOptions,
  pinModel,
  pruneModels,
  readLock,
} from '@graft/zoo/node';
import { ownFolder } from '@graft/finetune/node';
import { counted, megabytes, textTable } from '@graft/report';
import { openApp, type PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';

/** What all `graft models …` commands know. */
async function zoo(plugins: PluginOptions): Promise<{ cards: readonly ModelCard[]; options: OpenModelOptions }> {
  const app = await openApp(plugins);
  const cards = [...app.all(modelCard)].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { cards, options: { app, from: [process.cwd(), ownFolder, import.meta.dirname] } };
}

/** @throws where there is no card of that name */
function cardNamed(cards: readonly ModelCard[], name: string): ModelCard {
  const card = cards.find((one) => one.name === name);
  if (card) return card;
  throw new Error(
    `There is no model "${name}".${didYouMean(
      name,
      cards.map((one) => one.name),
    )} The command graft models list names them all.`,
  );
}

/** Prints the cards whose name, title or description has all words; all cards without any. */
export async function listModels(
  words: readonly string[],
  { json, ...plugins }: PluginOptions & { json?: boolean },
): Promise<void> {
  const { cards, options } = await zoo(plugins);
  const found = cards.filter((card) =>
    words.every((word) =>
      `${card.name} ${card.title} ${card.description} ${card.licence}`.toLowerCase().includes(word.toLowerCase()),
    ),
  );
  if (json) return console.log(JSON.stringify(found, null, 2));
  if (!found.length)
    return console.log(
      `None of ${counted(cards.length, 'model')} has ${words.map((word) => JSON.stringify(word)).join(' and ')} in its card.`,
    );
  const rows: string[][] = [];
  for (const card of found)
    rows.push([
      card.name,
      card.title,
      megabytes(card.bytes),
      card.licence,
      card.verified ? 'yes' : 'no',
      (await isHere(card, options)) ? 'yes' : 'no',
    ]);
  console.log(textTable(['name', 'title', 'size', 'licence', 'verified', 'here'], rows));
}

/** Without reading files that are only in the cache. */
async function isHere(card: ModelCard, options: OpenModelOptions): Promise<boolean> {
  if ((await keptFiles()).some(({ sha256 }) => sha256 === card.sha256)) return true;
  return Boolean(await findModel(card, options).catch(() => undefined));
}

/** Prints a card. */
export async function modelInfo(name: string, { json, ...plugins }: PluginOptions & { json?: boolean }): Promise<void> {
  const { cards, options } = await zoo(plugins);
  const card = cardNamed(cards, name);
  const here = await findModel(card, options).catch(() => undefined);
  if (json) return console.log(JSON.stringify({ ...card, here: here?.where ?? null }, null, 2));
  const { preprocessing, labels } = card;
  const lines: [string, string | undefined][] = [
    [
      'licence',
      `${card.licence}${isPermissive(card.licence) ? '' : ' (restricted: to be accepted when it is pulled)'}`,
    ],
    ['origin', card.origin],
    ['source', card.source],
    ['file', `${megabytes(card.bytes)}, opset ${card.opset}, SHA-256 ${card.sha256}`],
    [
      'here',
      here ? (here.where === 'cache' ? 'yes, in the cache' : 'yes') : `no; graft models pull ${card.name} brings it`,
    ],
    ['input', `${card.input.name} [${card.input.shape.join(', ')}]`],
    [
      'images',
      preprocessing &&
        `${preprocessing.width}×${preprocessing.height} ${preprocessing.channels === 1 ? 'gray' : preprocessing.order}, mean ${preprocessing.mean.join(', ')}, std ${preprocessing.std.join(', ')}`,
    ],
    [
      'labels',
      labels && `${counted(labels.length, 'label')}: ${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ' …' : ''}`,
    ],
    [
      'cut at',
      card.cutPoints.map(({ value, features }) => `${value} (${counted(features, 'feature')})`).join(', ') ||
        'the last pooling',
    ],
    [
      'verified',
      card.verified ? 'yes: it was run here and compared with onnxruntime' : 'no: nobody has run it here yet',
    ],
  ];
  console.log(
    `${card.name}: ${card.title}\n${card.description}\n\n${lines
      .filter(([, text]) => text)
      .map(([label, text]) => `${label.padEnd(9)} ${text}`)
      .join('\n')}`,
  );
}

export interface PullOptions extends PluginOptions {
  /** SPDX identifier that the user has read. */
  readonly acceptLicence?: string;
  /** Pins the file that the card stands for now, whatever was pinned. */
  readonly update?: boolean;
  readonly lock?: boolean;
}

/** Brings a model's file, and pins it for the project in the working folder. */
export async function pullModels(
  names: readonly string[],
  { acceptLicence, update = false, lock = true, ...plugins }: PullOptions,
  reporter: Reporter,
): Promise<void> {
  const { cards, options } = await zoo(plugins);
  for (const card of names.map((name) => cardNamed(cards, name))) {
    // Opening a model checks the lock; an update expects another file.
    if (update && (await readLock(process.cwd()))[card.name]) await pinModel(process.cwd(), card);
    const accept = async (): Promise<boolean> =>
      acceptLicence === card.licence ||
      ask(`${card.name} is under ${card.licence} (${card.origin}). Do you accept it? [y/N] `);
    const { bytes } = await openModel(card.name, {
      ...options,
      accept,
      ...(reporter.signal && { signal: reporter.signal }),
      progress: (done, total) => reporter.listen({ type: 'download', what: card.name, done, total }),
    });
    if (lock) await pinModel(process.cwd(), card);
    console.log(
      `${card.name}: ${megabytes(bytes.length)}, ${card.licence}, SHA-256 as its card says${lock ? '; pinned in graft-models.lock.json' : ''}`,
    );
  }
}

/** Only people at a terminal can answer. */
async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** Reads every model file on this machine and says whether it is the one its card stands for. @returns whether all are */
export async function verifyModels(plugins: PluginOptions): Promise<boolean> {
  const { cards, options } = await zoo(plugins);
  let [whole, wrong] = [0, 0];
  for (const card of cards) {
    const kept = (await keptFiles()).some(({ sha256 }) => sha256 === card.sha256);
    try {
      const found = await findModel(card, options);
      if (found) whole++;
      else if (kept)
        throw new Error(
          `The file of "${card.name}" in the cache was damaged, and has been removed. The command graft models pull ${card.name} brings it again.`,
        );
    } catch (error) {
      wrong++;
      console.log((error as Error).message);
    }
  }
  console.log(
    `${counted(whole, 'model file')} on this machine ${whole === 1 ? 'is' : 'are'} as ${whole === 1 ? 'its card says' : 'their cards say'}${wrong ? `, ${wrong} not` : ''}.`,
  );
  return wrong === 0;
}

/** Removes from the cache what no installed card stands for, and broken-off downloads; with `all` every file. */
export async function pruneCache({ all = false, ...plugins }: PluginOptions & { all?: boolean }): Promise<void> {
  const { cards } = await zoo(plugins);
  const removed = await pruneModels(new Set(all ? [] : cards.map(({ sha256 }) => sha256)));
  console.log(
    `Removed ${counted(removed.length, 'file')}, ${megabytes(removed.reduce((sum, { bytes }) => sum + bytes, 0))}.`,
  );
}
