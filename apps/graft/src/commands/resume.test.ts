import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, colouredImage, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import { lockFolder } from '@graft/storage/node';

const folder = workFolder();
const data = join(folder, 'colours');
const model = join(folder, 'tiny.onnx');
const [stopped, whole] = [join(folder, 'stopped'), join(folder, 'whole')];
const args = [
  '--model',
  model,
  '--data',
  data,
  '--epochs',
  '12',
  '--mean',
  '0.5',
  '--std',
  '0.5',
  '--unfreeze',
  'all',
  '--checkpoint-steps',
  '2',
];
beforeAll(async () => {
  put(tinyBackbone({ side: 16 }), model);
  await colourFolder(data, 4);
  await graft(['finetune', ...args, '--out', whole]);
  const stop = new AbortController();
  const ended = graft(['finetune', ...args, '--out', stopped], stop.signal);
  const looking = setInterval(
    () => existsSync(join(stopped, 'phases/all/checkpoints/step-00000004/state.json')) && stop.abort(),
    1,
  );
  const { code } = await ended;
  clearInterval(looking);
  if (code !== 130) throw new Error(`The run ended with ${code} before it was stopped.`);
});
let copies = 0;
function copied(spoil: (copy: string) => void = () => {}): string {
  const copy = join(folder, `copy-${copies++}`);
  cpSync(stopped, copy, { recursive: true });
  spoil(copy);
  return copy;
}
const bytesOf = (run: string): Buffer => readFileSync(join(run, 'model.onnx'));
const newest = (copy: string): string =>
  join(copy, 'phases/all/checkpoints', readdirSync(join(copy, 'phases/all/checkpoints')).sort().at(-1)!);

test('a resumed run has the same bytes and the same log as an uninterrupted one', async () => {
  const copy = copied();
  const { code, stderr, json } = await graft(['resume', copy, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(bytesOf(copy).equals(bytesOf(whole))).toBe(true);
  expect(json()['log']).toEqual(
    (JSON.parse(readFileSync(join(whole, 'summary.json'), 'utf8')) as { log: unknown }).log,
  );
  expect(readdirSync(copy).sort()).toEqual(readdirSync(whole).sort());
  expect((await graft(['resume', copy])).stderr).toBe(
    `graft: The run in "${copy}" is complete. Give the folder of an interrupted run.\n`,
  );
});
test.each<[string, (copy: string) => void]>([
  [
    'the newest checkpoint',
    (copy) => {
      for (const name of readdirSync(newest(copy))) writeFileSync(join(newest(copy), name), '');
    },
  ],
  [
    'the index of the newest checkpoint',
    (copy) => {
      const file = join(newest(copy), 'state.json');
      writeFileSync(file, readFileSync(file).subarray(0, 200));
    },
  ],
  [
    'a weight of the newest checkpoint',
    (copy) => {
      const file = join(
        newest(copy),
        readdirSync(newest(copy)).find((name) => name.startsWith('weights'))!,
      );
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
    },
  ],
  ['the result of the first phase', (copy) => rmSync(join(copy, 'phases/head/finished/state.json'))],
])('%s damaged: the run resumes from an earlier state, to the same bytes', async (_, spoil) => {
  const copy = copied(spoil);
  expect((await graft(['resume', copy])).code).toBe(0);
  expect(bytesOf(copy).equals(bytesOf(whole))).toBe(true);
});
test('runs that cannot be resumed are rejected in one sentence, and stay unchanged', async () => {
  const refused = async (copy: string, sentence: string): Promise<void> => {
    const before = readdirSync(copy, { recursive: true, encoding: 'utf8' }).toSorted();
    expect(await graft(['resume', copy])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(sentence),
    });
    expect(readdirSync(copy, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual(before);
  };
  await refused(data, `"${data}" has no run to resume, because it does not contain run.json.`);
  await refused(
    copied((copy) => writeFileSync(join(copy, 'run.json'), '{"format"')),
    'run.json" is not JSON. The run cannot be resumed; train again.',
  );
  await refused(
    copied((copy) => writeFileSync(join(copy, 'run.json'), '{"format": 9}')),
    'run.json" has the format 9, but this version reads format 1.',
  );
  const change =
    (from: string, to: string) =>
    (copy: string): void =>
      writeFileSync(join(copy, 'run.json'), readFileSync(join(copy, 'run.json'), 'utf8').replace(from, to));
  await refused(copied(change('"epochs"', '"epcohs"')), 'run.json" has no option "epcohs". Did you mean "epochs"?');
  await refused(
    copied(change('"seed": 0', '"seed": "0"')),
    'run.json" expects "seed" to be an integer of 0 or more, got "0".',
  );
  await refused(
    copied(change('"batch": 16', '"batch": 8')),
    'The saved loader had batchSize 16, but this one has 8. Resume with the data and options of the first run.',
  );
  await refused(
    copied((copy) => {
      for (const step of readdirSync(join(copy, 'phases/all/checkpoints')))
        writeFileSync(join(copy, 'phases/all/checkpoints', step, 'state.json'), '{}');
    }),
    '/state.json" is not a valid checkpoint: it does not specify its "format"',
  );
  const other = put(
    tinyBackbone({
      side: 16,
      nodes: [
        ['GlobalAveragePool', ['image'], ['pooled']],
        ['Flatten', ['pooled'], ['scores']],
      ],
      constants: {},
    }),
    folder,
    'other.onnx',
  );
  await refused(
    copied(change(JSON.stringify(model), JSON.stringify(other))),
    `The model "${other}" has changed since the run began: its weights up to the cut differ.`,
  );
  const held = copied();
  const release = await lockFolder(held);
  await refused(held, `Process ${process.pid} is using "${held}". Wait until it ends`);
  await release();
});
test('changed images are rejected', async () => {
  const added = put(await colouredImage('red', 50, 'png'), data, 'red', 'new.png');
  const copy = copied();
  expect((await graft(['resume', copy])).stderr).toContain(
    `The examples in "${data}" have changed since the run began`,
  );
  rmSync(added);
  expect((await graft(['resume', copy])).code).toBe(0);
});
test('signals are handled when training begins, not while model and data are opened, and by no other command', async () => {
  const begun = async (...args: string[]): Promise<number> => {
    let [times, written] = [0, false];
    const { code } = await graft(args, undefined, () => {
      times++;
      written = existsSync(join(fresh, 'run.json'));
    });
    expect([code, written]).toEqual([0, false]);
    return times;
  };
  const fresh = join(folder, 'fresh');
  const copy = copied();
  const image = join(data, 'red', '0.jpg');
  expect(await begun('finetune', ...args, '--epochs', '1', '--out', fresh)).toBe(1);
  rmSync(fresh, { recursive: true });
  expect(await begun('resume', copy)).toBe(1);
  for (const command of [
    ['predict', image, '--model', whole],
    ['evaluate', whole, '--data', data],
    ['export', whole, '--out', join(folder, 'exported.onnx')],
    ['inspect', model],
    ['doctor', model],
    ['compare', whole],
    ['models', 'list'],
    ['lr-find', '--model', model, '--data', data, '--mean', '0.5', '--std', '0.5'],
  ])
    expect(await begun(...command)).toBe(0);
});
