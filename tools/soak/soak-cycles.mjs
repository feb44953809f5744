// @ts-check
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serveRun } from '@graft/dashboard/node';
import { finetune, openRun, resumeRun } from '@graft/finetune';
import { createGraft } from '@graft/graft/node';
import { fileStorage } from '@graft/storage/node';
import { smallTask } from '../kill-test/kill-runs.mjs';

/** Cycles with one app. */
const perApp = 5;
/** Cycles between two with children. */
const perChild = 4;

/**
 * Trains, predicts, serves, stops and resumes in this process over and over, and kills and resumes training in children.
 * @param {object} options
 * @param {string} options.folder for files; each cycle removes its own
 * @param {(cycle: number) => boolean} options.isOver asked before each cycle
 * @param {readonly string[]} [options.command] starts graft in a child; none: no children
 * @param {(sample: import('./growth.mjs').Sample, cycle: number) => void} [options.onSample]
 * @returns {Promise<import('./growth.mjs').Sample[]>} one for each cycle
 * @throws if a part of a cycle does not work
 */
export async function soakCycles({ folder, isOver, command, onSample = () => {} }) {
  const { data, begin } = await smallTask(folder, 4);
  const model = join(folder, 'tiny.onnx');
  /** @type {Options} */
  const options = { model, data, epochs: 2, unfreeze: 'all', views: 1, batch: 6, mean: [0.5], std: [0.5] };
  const images = ['red', 'green', 'blue'].map((name) => join(data, name, '0.png'));
  writeFileSync(join(folder, 'broken.png'), 'not an image');
  const samples = [];
  let app = await createGraft({ modelsFrom: [] });
  try {
    for (let cycle = 0; !isOver(cycle); cycle++) {
      if (cycle > 0 && cycle % perApp === 0) {
        await app.dispose();
        app = await createGraft({ modelsFrom: [] });
      }
      const out = join(folder, `run-${cycle}`);
      await trainWatched(options, app, join(out, 'watched'));
      await stopAndResume(options, app, join(out, 'stopped'));
      await predictOften(app, join(out, 'watched'), [...images, join(folder, 'broken.png')]);
      await refuse({ ...options, data: join(folder, 'missing') }, app, join(out, 'refused'));
      const childDescriptors =
        command && cycle % perChild === 0 ? await killAndResume(command, begin, join(out, 'killed')) : undefined;
      rmSync(out, { recursive: true, force: true });
      const sample = { ...(await held()), ...(childDescriptors !== undefined && { childDescriptors }) };
      samples.push(sample);
      onSample(sample, cycle);
    }
  } finally {
    await app.dispose();
  }
  return samples;
}

/** @typedef {import('@graft/finetune').FinetuneOptions} Options */
/** @typedef {Awaited<ReturnType<typeof createGraft>>} App */

/** A run with a live page, and viewers that come, stay and leave. @param {Options} options @param {App} app @param {string} out */
async function trainWatched(options, app, out) {
  const storage = fileStorage(out);
  /** @type {Promise<number>[]} */
  const viewers = [];
  await serveRun(
    {
      title: 'soak',
      storage,
      port: 0,
      onAddress(address) {
        for (const path of ['', 'live.js', 'missing']) viewers.push(view(address + path, Infinity));
        for (const bytes of [1, 1, Infinity]) viewers.push(view(`${address}events`, bytes));
      },
    },
    (watcher) =>
      finetune(options, {
        app,
        storage,
        events: watcher.events,
        callbacks: watcher.callbacks,
        onPrepared: watcher.onPrepared,
      }),
  );
  const read = await Promise.all(viewers);
  if (viewers.length !== 6 || read.some((bytes) => bytes === 0)) throw new Error(`Viewers read ${read} bytes.`);
}

/** Reads a page until it ends, or some of it. @param {string} address @param {number} most @returns {Promise<number>} bytes that were read */
const view = (address, most) =>
  new Promise((resolve, reject) => {
    let read = 0;
    get(address, { agent: false }, (response) => {
      response
        .on('data', (part) => {
          read += part.length;
          if (read >= most) response.destroy();
        })
        .on('close', () => resolve(read))
        .on('error', () => resolve(read));
    }).on('error', reject);
  });

/** A run that is stopped after some steps, and resumed. @param {Options} options @param {App} app @param {string} out */
async function stopAndResume(options, app, out) {
  const storage = fileStorage(out);
  const stopping = new AbortController();
  let steps = 0;
  const stopper = { name: 'stopper', afterStep: () => void (++steps === 5 && stopping.abort()) };
  const stopped = await finetune(
    { ...options, checkpointSteps: 3 },
    { app, storage, signal: stopping.signal, callbacks: () => [stopper] },
  ).then(
    () => undefined,
    (error) => error,
  );
  if (stopped?.code !== 'run.stopped') throw new Error(`A run did not stop: ${stopped}`);
  const { files } = await resumeRun({ app, storage });
  if (!files.includes('model.onnx')) throw new Error(`A resumed run has only the files ${files.join(', ')}.`);
}

/** @param {App} app @param {string} out @param {readonly string[]} images the last is broken */
async function predictOften(app, out, images) {
  const run = await openRun(fileStorage(out), { app });
  try {
    for (let i = 0; i < 3; i++) {
      const predictions = await run.predict([...images]);
      const failed = predictions.map(({ error }) => error !== undefined);
      if (failed.indexOf(true) !== images.length - 1) throw new Error('Only the broken image must be refused.');
    }
  } finally {
    await run.dispose();
  }
}

/** @param {Options} options @param {App} app @param {string} out */
async function refuse(options, app, out) {
  const result = await finetune(options, { app, storage: fileStorage(out) }).catch(() => undefined);
  if (result) throw new Error('A run without data did not fail.');
}

/**
 * A run of the command that is killed once it has a checkpoint, and resumed.
 * @param {readonly string[]} command @param {(out: string) => readonly string[]} begin @param {string} out
 * @returns {Promise<number | undefined>} its open descriptors before it was killed
 */
async function killAndResume(command, begin, out) {
  let descriptors;
  await child([...command, ...begin(out)], (process) => {
    if (process.killed || process.pid === undefined || !existsSync(join(out, 'phases'))) return;
    descriptors = openDescriptors(process.pid);
    process.kill('SIGKILL');
  });
  if (!existsSync(join(out, 'summary.json'))) await child([...command, 'resume', out]);
  if (!existsSync(join(out, 'summary.json'))) throw new Error('A killed run was not completed.');
  return descriptors;
}

/** @param {readonly string[]} command @param {(process: import('node:child_process').ChildProcess) => void} [watch] @returns {Promise<void>} */
function child([program, ...args], watch) {
  return new Promise((resolve, reject) => {
    const process = spawn(/** @type {string} */ (program), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    process.stderr.setEncoding('utf8').on('data', (text) => (errors = (errors + text).slice(-2000)));
    const watching = setInterval(() => watch?.(process), 20);
    process.on('error', reject).on('close', (code, signal) => {
      clearInterval(watching);
      if (code === 0 || signal === 'SIGKILL') resolve();
      else reject(new Error(`graft ${args.join(' ')} ended with ${code ?? signal}: ${errors.trim()}`));
    });
  });
}

/** What this process holds. @returns {Promise<import('./growth.mjs').Sample>} */
async function held() {
  // Connections and files close in later turns of the event loop, and finalizers run after a collection.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const descriptors = openDescriptors('self');
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    memory: rss,
    held: heapUsed + external,
    resources: process.getActiveResourcesInfo().length,
    ...(descriptors !== undefined && { descriptors }),
  };
}

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collectGarbage = runInNewContext('gc');

/** The number of open descriptors of a process; undefined if the system does not list them. @param {number | 'self'} pid @returns {number | undefined} */
function openDescriptors(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}
