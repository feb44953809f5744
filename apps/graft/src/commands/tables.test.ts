import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
beforeAll(async () => void (await colourFolder(join(folder, 'photos'), 4)));
const names = { blue: 'café', green: 'vert', red: 'Œil' } as const;
const images = (Object.keys(names) as (keyof typeof names)[]).flatMap((colour) =>
  Array.from({ length: 4 }, (_, i) => ({ colour, path: `photos/${colour}/${i}.${i % 2 ? 'png' : 'jpg'}` })),
);
let runs = 0;
const train = async (table: string, ...more: string[]): Promise<Ended & { out: string; labels: string[] }> => {
  const out = join(folder, `run-${runs++}`);
  const shared = ['--model', model, '--mean', '0.5', '--std', '0.5', '--epochs', '2', '--views', '1'];
  const ended = await graft(['finetune', ...shared, '--data', table, '--out', out, ...more]);
  const labels = ended.code ? [] : readFileSync(join(out, 'labels.txt'), 'utf8').trimEnd().split('\n');
  return { ...ended, out, labels };
};

test('tables in Windows-1252 and UTF-16 have the right class names, and a guess is said by every command', async () => {
  const text = ['path;label', ...images.map(({ path, colour }) => `${path};${names[colour]}`)].join('\r\n');
  const western = put(
    Uint8Array.from(text, (one) => (one === 'Œ' ? 0x8c : one.charCodeAt(0))),
    folder,
    'western.csv',
  );
  const wide = put(Buffer.from(text, 'utf16le'), folder, 'wide.csv');
  const guess = /^graft: ".*western\.csv" is not UTF-8, and is read as Windows-1252: "(?:café|Œil)"\. If its letters/m;
  const guessed = await train(western);
  expect([guessed.code, guessed.labels, guessed.stderr]).toEqual([
    0,
    ['café', 'vert', 'Œil'],
    expect.stringMatching(guess),
  ]);
  expect(readFileSync(join(guessed.out, 'report.html'), 'utf8')).toContain('is read as Windows-1252');
  const known = await train(wide);
  expect([known.code, known.labels]).toEqual([0, ['café', 'vert', 'Œil']]);
  expect(known.stderr).not.toContain('Windows-1252');
  const evaluated = await graft(['evaluate', known.out, '--data', western]);
  expect([evaluated.code, evaluated.stderr]).toEqual([0, expect.stringMatching(guess)]);
  expect((await graft(['doctor', model, '--data', western])).stderr).toMatch(guess);
});
