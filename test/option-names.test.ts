import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRunOptions } from '../packages/finetune/src/index.ts';
import { standardPlugins } from '../packages/graft/src/node/index.ts';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Packages whose messages a user of the command reads. */
const packages = [
  'data',
  'tasks',
  'augment',
  'finetune',
  'zoo',
  'onnx',
  'transfer',
  'text',
  'pytorch',
  'callbacks',
  'audio',
];

/** Names that are no options of the command, and the files whose messages have them: options of functions that only code calls, and names of the browser. */
const inCode: Readonly<Record<string, readonly string[]>> = {
  'packages/data/src/batching-options.ts': ['prefetchBytes'],
  'packages/data/src/loader.ts': ['dropLast', 'batchSize'],
  'packages/data/src/quarantine.ts': ['quarantineLimit'], // every loader of a run has none
  'packages/data/src/split.ts': ['perClass'],
  'packages/data/src/node/image-rows.ts': ['pathColumn', 'root', 'quarantineLimit'],
  'packages/data/src/file-list-source.ts': ['webkitRelativePath'],
  'packages/augment/src/browser-decoder.ts': ['createImageBitmap'],
  'packages/onnx/src/export-inputs.ts': ['inputName', 'inputShape', 'inputDType'],
  'packages/text/src/text-batch.ts': ['maxLength'],
  'packages/callbacks/src/log-file.ts': ['resume'],
  'packages/data/src/node/image-table.ts': ['labelColumn'],
  'packages/data/src/node/target-table.ts': ['labelColumn', 'classColumns', 'targetColumns'],
};

const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test|\.d)\.ts$/.test(name) && !/(^|[/\\])testing[/\\]/.test(name))
    .map((name) => join(folder, name));

/** String and template literals of a source file without comments; values in templates are replaced by an asterisk. */
function textsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$|\s\/\/ .*$/gm, '');
  return [...code.matchAll(/'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{(?:[^{}]|\{[^{}]*\})*\}|[^`\\])*`/g)].map(([text]) =>
    text.slice(1, -1).replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '*'),
  );
}

/** Option names after "the option" and "the options", and as arguments of functions that read cells. */
function mentionedIn(source: string): string[] {
  const found: string[] = [];
  for (const text of textsOf(source))
    for (const [, count, list] of text.matchAll(
      /\bthe (options?) "?([A-Za-z]+(?:(?:, (?!or |and |to )| and | or )[A-Za-z]+)*)"?(?= |[.,;:)]|$)/gi,
    )) {
      const names = list!.split(/, | and | or /);
      found.push(...(/s$/i.test(count!) ? names : names.slice(0, 1)));
    }
  for (const [, name] of source.matchAll(/\b(?:text|flag|names|number)Cell\([^;{]*?'(\w+)'/g)) found.push(name!);
  return found;
}

/** Words like `maxPixels` in sentences that are not introduced as options. */
const unmarkedIn = (source: string): string[] =>
  textsOf(source)
    .filter((text) => /[a-z] [a-z]/.test(text) && /[.,:]/.test(text) && !/[{<>]|=>/.test(text))
    .flatMap((text) =>
      [...text.matchAll(/(?<![\w$*."/`'-]|\b[Tt]he options? )\b[a-z]+[A-Z]\w*(?![\w(*])/g)].map(([word]) => word),
    );

function runOptions(): string[] {
  let message = '';
  try {
    parseRunOptions({ none: 1 }, 'x');
  } catch (error) {
    ({ message } = error as Error);
  }
  return /The options are: (.*)\.$/.exec(message)![1]!.split(', ');
}

function knownOptions(): Set<string> {
  const ofRuns = runOptions();
  const commands = readFileSync(join(root, 'apps/graft/src/standard-commands.ts'), 'utf8');
  const flags = [...commands.matchAll(/'--([a-z][a-z0-9-]*)/g)].map(([, flag]) =>
    flag!.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  const ofContributions = standardPlugins.flatMap(({ contributes }) =>
    contributes.flatMap(({ value }) => (value as { readonly optionNames?: readonly string[] }).optionNames ?? []),
  );
  return new Set([...ofRuns, ...flags, ...ofContributions]);
}

const files = packages.flatMap((name) => sourcesIn(join(root, 'packages', name, 'src')));
const allowed = (file: string): readonly string[] => inCode[relative(root, file).replaceAll('\\', '/')] ?? [];

test('every option that a message names is one of a run, a flag of the command or an option of a contribution', () => {
  const known = knownOptions();
  for (const name of ['followLinks', 'tta', 'maxPixels']) expect(known).toContain(name);
  const unknown: string[] = [];
  let mentions = 0;
  for (const file of files)
    for (const name of mentionedIn(readFileSync(file, 'utf8'))) {
      if (['of', 'is', 'to', 'that', 'for', 'are'].includes(name)) continue;
      mentions++;
      if (!known.has(name) && !allowed(file).includes(name)) unknown.push(`${relative(root, file)}: ${name}`);
    }
  expect(unknown).toEqual([]);
  expect(mentions).toBeGreaterThan(40);
});

test('messages say "the option" before names that only an option can have', () => {
  const exported = new Set(
    readdirSync(join(root, 'packages')).flatMap((name) =>
      sourcesIn(join(root, 'packages', name, 'src'))
        .filter((file) => basename(file) === 'index.ts')
        .flatMap((file) => readFileSync(file, 'utf8').match(/\b[a-z]+[A-Z]\w*/g) ?? []),
    ),
  );
  const unmarked = files.flatMap((file) =>
    unmarkedIn(readFileSync(file, 'utf8'))
      .filter((word) => !exported.has(word) && !allowed(file).includes(word))
      .map((word) => `${relative(root, file)}: ${word}`),
  );
  expect(unmarked).toEqual([]);
});

test('messages say "the option" before names of options that a user should set', () => {
  const names = runOptions().join('|');
  const asked = new RegExp(`\\b(?:set|omit|raise|lower|leave out) (?:${names})\\b(?: to| and| if| or|[.,;])`, 'gi');
  const unmarked = files.flatMap((file) =>
    textsOf(readFileSync(file, 'utf8')).flatMap((text) =>
      [...text.matchAll(asked)].map(([found]) => `${relative(root, file)}: ${found}`),
    ),
  );
  expect(unmarked).toEqual([]);
});
