import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Linear } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { fileStorage } from '@graft/storage/node';
import { saveCheckpoint } from '@graft/train';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const [data, model] = [join(folder, 'colours'), join(folder, 'tiny.onnx')];
// 14 training images with four views each: four steps per epoch.
const args = ['--model', model, '--data', data, '--mean', '0.5', '--std', '0.5', '--epochs', '5'];
const stepsPerEpoch = 4;
beforeAll(async () => {
  put(tinyBackbone({ side: 16 }), model);
  await colourFolder(data);
});

/** Steps of the checkpoints in a run's folder. */
const stepsIn = (run: string): number[] => {
  const place = join(run, 'phases/head/checkpoints');
  let names: string[];
  try {
    names = readdirSync(place);
  } catch {
    return []; // not there yet, or removed at the end of the run in the meantime
  }
  return names.filter((name) => existsSync(join(place, name, 'state.json'))).map((name) => Number(name.slice(5)));
};
/** Stops a run when its checkpoints fit; otherwise it runs to the end. */
async function stoppedAt(run: string, fits: (steps: number[]) => boolean, more: readonly string[]): Promise<Ended> {
  const stop = new AbortController();
  const looking = setInterval(() => fits(stepsIn(run)) && stop.abort(), 0);
  const ended = await graft(['finetune', ...args, ...more, '--out', run], stop.signal);
  clearInterval(looking);
  return ended;
}
async function expectResumedLikeWhole(run: string): Promise<void> {
  const whole = join(folder, 'whole');
  if (!existsSync(whole)) await graft(['finetune', ...args, '--out', whole]);
  expect((await graft(['resume', run])).code).toBe(0);
  expect(readFileSync(join(run, 'model.onnx')).equals(readFileSync(join(whole, 'model.onnx')))).toBe(true);
}

test('--checkpoint-steps: the run resumes from a checkpoint within an epoch, to the same bytes', async () => {
  const run = join(folder, 'steps');
  expect((await stoppedAt(run, (steps) => steps.includes(3), ['--checkpoint-steps', '3'])).code).toBe(130);
  for (const step of stepsIn(run)) expect(step % 3 === 0 || step % stepsPerEpoch === 0).toBe(true);
  await expectResumedLikeWhole(run);
});
test('--checkpoint-seconds: the same by time', async () => {
  const run = join(folder, 'seconds');
  expect(
    (
      await stoppedAt(run, (steps) => steps.some((step) => step % stepsPerEpoch !== 0), [
        '--checkpoint-seconds',
        '0.000001',
      ])
    ).code,
  ).toBe(130);
  await expectResumedLikeWhole(run);
});
test('without these options there is one checkpoint per epoch', async () => {
  for (const [i, more] of [[], ['--checkpoint-seconds', '1000']].entries()) {
    const run = join(folder, `epochs-${i}`);
    const seen = new Set<number>();
    const { code } = await stoppedAt(run, (steps) => (steps.forEach((step) => seen.add(step)), false), more);
    expect(code).toBe(0);
    for (const step of seen) expect(step % stepsPerEpoch).toBe(0);
  }
});
test('--tensorboard: each phase keeps an event file with all epochs', async () => {
  const run = join(folder, 'board');
  expect(
    (await graft(['finetune', ...args, '--unfreeze', '1', '--solver', 'epochs', '--tensorboard', '--out', run])).code,
  ).toBe(0);
  expect(readdirSync(join(run, 'phases')).sort()).toEqual(['all', 'head']);
  for (const phase of ['all', 'head']) {
    const place = join(run, 'phases', phase);
    expect(readdirSync(place)).toEqual(['events']);
    const [file, ...others] = readdirSync(join(place, 'events'));
    expect([file?.includes('tfevents'), others]).toEqual([true, []]);
    const records = recordsOf(readFileSync(join(place, 'events', file!)));
    for (const tag of ['epoch/loss', 'epoch/validationLoss', 'epoch/validationAccuracy'])
      expect(records.filter((record) => record.includes(tag))).toHaveLength(5);
    expect(
      records.some((record) => record.includes(phase === 'head' ? 'weights/0.weight' : 'weights/head.0.weight')),
    ).toBe(true);
  }
  expect(existsSync(join(folder, 'whole', 'phases'))).toBe(false);
});
test('--tensorboard: a resumed run writes a new event file', async () => {
  const run = join(folder, 'board-resumed');
  expect(
    (await stoppedAt(run, (steps) => steps.some((step) => step >= 2 * stepsPerEpoch), ['--tensorboard'])).code,
  ).toBe(130);
  await expectResumedLikeWhole(run);
  const events = join(run, 'phases/head/events');
  const records = readdirSync(events).flatMap((file) => recordsOf(readFileSync(join(events, file))));
  expect(records.filter((record) => record.includes('epoch/loss')).length).toBeGreaterThanOrEqual(5); // an epoch may be repeated
});
test('checkpoints of another model are skipped if there are others, and rejected otherwise', async () => {
  const run = join(folder, 'mixed');
  await stoppedAt(run, (steps) => steps.includes(3), ['--checkpoint-steps', '3']);
  const other = new Linear({ in: 3, out: 2 }).initialize(1);
  const strange = {
    model: other,
    optimizer: new Optimizer(other, adam({ learningRate: 1 })),
    state: { run: { epoch: 0, stepInEpoch: 1, samples: 1, totalLoss: 1, log: [] } },
  };
  const add = (to: string, step: string): Promise<void> =>
    saveCheckpoint(fileStorage(join(to, 'phases/head/checkpoints')), step, strange);
  const copy = join(folder, 'mixed-copy');
  cpSync(run, copy, { recursive: true });
  await add(copy, 'step-00000099');
  const { stderr } = await graft(['resume', copy]);
  expect(stderr).toMatch(/^graft: skipped a checkpoint: .*weight.*\.$/m);
  await expectResumedLikeWhole(run);
  expect(readFileSync(join(copy, 'model.onnx')).equals(readFileSync(join(run, 'model.onnx')))).toBe(true);

  const alone = join(folder, 'alone');
  await stoppedAt(alone, (steps) => steps.includes(3), ['--checkpoint-steps', '3']);
  for (const name of readdirSync(join(alone, 'phases/head/checkpoints')))
    rmSync(join(alone, 'phases/head/checkpoints', name), { recursive: true });
  await add(alone, 'step-00000002');
  const refused = await graft(['resume', alone]);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr.trimEnd().split('\n').at(-1)).toMatch(/^graft: .*\.$/);
  expect(stepsIn(alone)).toEqual([2]); // unchanged
});

/** The records of an event file as text; each is length, checksum, content, checksum. */
function recordsOf(file: Buffer): string[] {
  const records: string[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    records.push(file.toString('latin1', at + 12, at + 12 + length));
    at += 16 + length;
  }
  return records;
}
