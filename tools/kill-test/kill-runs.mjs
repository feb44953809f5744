// @ts-check
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallNetwork } from '@graft/onnx/testing';
import { Random } from '@graft/tensor';
import sharp from 'sharp';

/** Steps between checkpoints. */
const interval = 3;

/**
 * @typedef {object} Outcome
 * @property {number} kills number of kills
 * @property {number} runs number of finished runs
 * @property {Record<string, number>} at kills by the folder's content: nothing yet, checkpoints of a phase, results
 * @property {number} halfWritten kills in the middle of a file or of a checkpoint
 */

/**
 * Kills training runs at random moments, resumes them until they finish, and compares their output with an uninterrupted run.
 * @param {{ command: readonly string[], kills: number, seed: number, folder: string, epochs?: number, onKill?: (line: string) => void }} options `command` starts graft
 * @returns {Promise<Outcome>}
 * @throws if a run gives different bits, cannot be resumed, or does not resume from the newest complete checkpoint
 */
export async function killRuns({ command, kills, seed, folder, epochs = 6, onKill = () => {} }) {
  const random = new Random(seed).fork('kills');
  const { begin } = await smallTask(folder, epochs);

  const whole = join(folder, 'whole');
  const { milliseconds } = await graft(command, begin(whole));
  const wanted = readFileSync(join(whole, 'model.onnx'));

  /** @type {Outcome} */
  const outcome = { kills: 0, runs: 0, at: {}, halfWritten: 0 };
  while (outcome.kills < kills) {
    const out = join(folder, `run-${outcome.runs}`);
    for (;;) {
      const newest = newestCheckpoint(out);
      // A short run spends most of its time starting: place few kills there.
      const after = outcome.kills < kills ? milliseconds * (0.2 + 0.9 * random.next()) : undefined;
      const { killed, stderr } = await graft(
        command,
        existsSync(join(out, 'run.json')) ? ['resume', out] : begin(out),
        after,
      );
      const on = /(\w+): resuming after step (\d+)/.exec(stderr);
      if (newest && on && (on[1] !== newest.phase || Number(on[2]) !== newest.step))
        throw new Error(
          `"${out}" had a checkpoint of ${newest.phase} at step ${newest.step}, but the run resumed from ${on[1]} at step ${on[2]}.`,
        );
      if (killed) {
        outcome.kills++;
        const now = newestCheckpoint(out);
        const place = existsSync(join(out, 'summary.json'))
          ? 'summary written'
          : existsSync(join(out, 'model.onnx'))
            ? 'partial results'
            : now
              ? `checkpoints of ${now.phase}`
              : existsSync(join(out, 'phases', 'head', 'finished', 'state.json'))
                ? 'between two phases'
                : 'before the first checkpoint';
        outcome.at[place] = (outcome.at[place] ?? 0) + 1;
        if (existsSync(out) && isHalfWritten(out)) outcome.halfWritten++;
        onKill(
          `kill ${outcome.kills} after ${(/** @type {number} */ (after) / 1000).toFixed(2)} s, run ${outcome.runs}: ${place}${now ? `, step ${now.step}` : ''}`,
        );
      }
      if (existsSync(join(out, 'summary.json'))) break;
      if (!killed) throw new Error(`"${out}" ended without a summary: ${stderr.trim()}`);
    }
    if (!readFileSync(join(out, 'model.onnx')).equals(wanted))
      throw new Error(`"${join(out, 'model.onnx')}" differs from "${join(whole, 'model.onnx')}".`);
    rmSync(out, { recursive: true });
    outcome.runs++;
  }
  return outcome;
}

/**
 * Writes a small network and thirty images, for a run of two phases with checkpoints within epochs.
 * @param {string} folder
 * @param {number} epochs
 * @returns {Promise<{ data: string, begin: (out: string) => string[] }>} the folder of images, and the command that starts a run
 */
export async function smallTask(folder, epochs) {
  const [model, data] = [join(folder, 'tiny.onnx'), join(folder, 'images')];
  writeFileSync(model, smallNetwork({ side: 16 }));
  await writeImages(data);
  return {
    data,
    begin: (out) => [
      'finetune',
      '--model',
      model,
      '--data',
      data,
      '--out',
      out,
      '--epochs',
      String(epochs),
      '--unfreeze',
      'all',
      '--views',
      '1',
      '--batch',
      '6',
      '--mean',
      '0.5',
      '--std',
      '0.5',
      '--checkpoint-steps',
      String(interval),
    ],
  };
}

/**
 * @param {readonly string[]} command
 * @param {readonly string[]} args
 * @param {number} [after] milliseconds until it is killed
 * @returns {Promise<{ killed: boolean, stderr: string, milliseconds: number }>}
 */
function graft([program, ...first], args, after) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (program), [...first, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    const timer = after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), after);
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(timer);
      if (code || (signal && signal !== 'SIGKILL'))
        reject(new Error(`graft ${args.join(' ')} ended with ${code ?? signal}: ${stderr.trim()}`));
      else resolve({ killed: signal === 'SIGKILL', stderr, milliseconds: performance.now() - started });
    });
  });
}

/** Where a run would resume: the last phase's newest complete checkpoint. */
function newestCheckpoint(/** @type {string} */ out) {
  for (const phase of ['all', 'head']) {
    const folder = join(out, 'phases', phase, 'checkpoints');
    if (existsSync(join(out, 'phases', phase, 'finished', 'state.json'))) return undefined; // the phase is not repeated
    const step = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => existsSync(join(folder, name, 'state.json')))
          .sort()
          .at(-1)
      : undefined;
    if (step) return { phase, step: Number(step.slice(5)) };
  }
  return undefined;
}

/** A temporary file, or a checkpoint without its last file. */
const isHalfWritten = (/** @type {string} */ out) => {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' });
  const folders = files.filter((name) => /step-\d+$/.test(name));
  return (
    files.some((name) => name.endsWith('.unfinished')) ||
    folders.some((name) => !existsSync(join(out, name, 'state.json')))
  );
};

/** Thirty noisy images of three colours. */
async function writeImages(/** @type {string} */ folder) {
  const random = new Random(1);
  for (const [name, colour] of Object.entries({ blue: [30, 60, 220], green: [40, 200, 60], red: [220, 50, 40] })) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const pixels = Uint8Array.from({ length: 24 * 24 * 3 }, (_, k) =>
        Math.min(255, Math.max(0, /** @type {number} */ (colour[k % 3]) + 90 * (random.next() - 0.5))),
      );
      writeFileSync(
        join(folder, name, `${i}.png`),
        await sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } })
          .png()
          .toBuffer(),
      );
    }
  }
}
