import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareRuns, openRun } from '@graft/finetune';
import { inFolder, memoryStorage, type Storage } from '@graft/storage';
import { fileStorage } from '@graft/storage/node';
import { beforeAll, expect, test } from 'vitest';
import { whyUnclear } from '../../../../tools/audit/verdict.mjs';
import { oddCopies } from '../../../../tools/testing/odd-copies.ts';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import { withApp } from '../open-app.ts';

type Json = Readonly<Record<string, unknown>>;
const folder = workFolder();
const [data, whole] = [join(folder, 'colours'), join(folder, 'run')];
let summary: Json;
beforeAll(async () => {
  await colourFolder(data, 3);
  put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
  const { code, stderr } = await graft(
    `finetune --model ${join(folder, 'tiny.onnx')} --data ${data} --out ${whole} --epochs 1 --unfreeze all --folds 2 --mean 0.5 --std 0.5`.split(
      ' ',
    ),
  );
  if (code) throw new Error(stderr);
  summary = JSON.parse(readFileSync(join(whole, 'summary.json'), 'utf8')) as Json;
}, 60_000);

/** What went wrong, if it did, in one sentence that names the file. */
async function problemOf(work: () => Promise<unknown>, file: string): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return whyUnclear(message, file) ? `unclear: ${message}` : undefined;
  }
}
const encoded = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('every odd summary can be compared and opened, or is refused in one sentence', { timeout: 120_000 }, () =>
  withApp({}, async (app) => {
    const model = readFileSync(join(whole, 'model.onnx'));
    const outer = memoryStorage();
    const storage: Storage = inFolder(outer, 'run');
    await storage.write('model.onnx', model);
    const problems: string[] = [];
    let count = 0;
    for (const [place, odd] of oddCopies(summary)) {
      await storage.write('summary.json', encoded(odd));
      for (const [name, work] of Object.entries({
        compare: () => compareRuns(app, [storage]),
        open: async () => {
          const run = await openRun(storage, { app });
          await run.dispose();
        },
      })) {
        const problem = await problemOf(work, 'run');
        if (problem) problems.push(`${name}: ${place}: ${problem}`);
      }
      count++;
    }
    expect(problems).toEqual([]);
    expect(count).toBeGreaterThan(400);
  }),
);
test('the command compares what can be compared', { timeout: 120_000 }, async () => {
  const run = join(folder, 'odd', 'run');
  mkdirSync(run, { recursive: true });
  let compared = 0;
  for (const [place, odd] of oddCopies(summary)) {
    if (/\/.*\//.test(place)) continue; // nested fields are compared above
    put(JSON.stringify(odd), run, 'summary.json');
    const { code, stdout, stderr } = await graft(['compare', run]);
    if (code === 0) expect([place, stdout]).toEqual([place, expect.stringMatching(/^run +/)]);
    else expect([place, whyUnclear(stderr.replace('graft: ', ''), 'run')]).toEqual([place, undefined]);
    expect([place, stdout]).not.toEqual([place, expect.stringMatching(/undefined|NaN|null|\[object/)]);
    compared += Number(code === 0);
  }
  expect(compared).toBeGreaterThan(30);
});
test('every odd run.json is read, or refused in one sentence', async () => {
  const { RunFiles } = await import('@graft/finetune');
  const run = join(folder, 'record');
  const files = new RunFiles(fileStorage(run));
  const record = {
    format: 1,
    options: {
      model: 'm.onnx',
      data: 'd',
      epochs: 3,
      unfreeze: 'all',
      callbacks: [{ name: 'earlyStopping' }],
      head: 'mlp',
    },
    plugins: [{ name: 'p', given: './p' }],
    backboneSha256: '0'.repeat(64),
    imagesSha256: '1'.repeat(64),
  };
  put(JSON.stringify(record), run, 'run.json');
  expect(await files.record()).toMatchObject({ plugins: record.plugins, options: record.options });
  const problems: string[] = [];
  let refused = 0;
  for (const [place, odd] of oddCopies(record)) {
    put(JSON.stringify(odd), run, 'run.json');
    const problem = await problemOf(
      () =>
        files.record().catch((error: unknown) => {
          refused++;
          throw error;
        }),
      'run.json',
    );
    if (problem) problems.push(`${place}: ${problem}`);
  }
  expect(problems).toEqual([]);
  expect(refused).toBeGreaterThan(50);
});
