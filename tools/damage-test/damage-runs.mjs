// @ts-check
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallTask } from '../kill-test/kill-runs.mjs';

/** @typedef {{ code: number, stdout: string, stderr: string }} Ended */
/** @typedef {(args: readonly string[], signal?: AbortSignal) => Promise<Ended>} Graft */
/** @typedef {{ name: string, of: (bytes: Buffer) => Buffer }} Damage */

/** @type {Damage} */
const zeroed = { name: 'filled with zeros', of: (bytes) => Buffer.alloc(bytes.length) };
const cutAt = (/** @type {number} */ eighths) => ({
  name: `truncated after ${eighths}/8`,
  of: (/** @type {Buffer} */ bytes) => bytes.subarray(0, Math.floor((eighths * bytes.length) / 8)),
});
/** Every eighth of a file's length, nothing, zeros. */
export const allDamages = [...[0, 1, 2, 3, 4, 5, 6, 7].map(cutAt), zeroed];
export const fewDamages = [cutAt(4), zeroed];

/**
 * Damages each file of a finished run and of a stopped one, one at a time, and runs every command on the folder. Each must give the same result as for the intact
 * folder, or fail with a one-sentence error and exit code 1, without changing a byte of the folder.
 * @param {{ graft: Graft, folder: string, damages?: readonly Damage[], onFile?: (line: string) => void }} options
 * @returns {Promise<{ damages: number, looks: number, answered: number, refused: number }>}
 * @throws if a command does anything else
 */
export async function damageRuns({ graft, folder, damages = allDamages, onFile = () => {} }) {
  const { data, begin } = await smallTask(folder, 4);
  const [whole, stopped] = [join(folder, 'whole'), join(folder, 'stopped')];
  await wanted(graft(begin(whole)), 0);
  await stopMidway(graft, begin(stopped), stopped);
  const model = readFileSync(join(whole, 'model.onnx'));
  const [copy, written] = [join(folder, 'copy'), join(folder, 'written.onnx')];

  /** Commands that read a run without changing it. */
  const looks = {
    predict: ['predict', join(data, 'red', '0.png'), join(data, 'blue', '1.png'), '--model', copy, '--json'],
    evaluate: ['evaluate', copy, '--data', data, '--json'],
    compare: ['compare', copy, '--json'],
    export: ['export', copy, '--out', written, '--json'],
  };
  /** @type {Record<string, string>} */
  const answers = {};
  cpSync(whole, copy, { recursive: true });
  for (const [name, args] of Object.entries(looks)) answers[name] = (await wanted(graft(args), 0)).stdout;

  const counts = { damages: 0, looks: 0, answered: 0, refused: 0 };
  /** Runs one command on the damaged copy. @param {string} what @param {readonly string[]} args @param {(ended: Ended) => boolean} isRight */
  const look = async (what, args, isRight) => {
    const before = contentOf(copy);
    rmSync(written, { force: true });
    const ended = await graft(args);
    counts.looks++;
    const lines = ended.stderr.trimEnd().split('\n');
    if (ended.code === 0) {
      if (!isRight(ended)) throw new Error(`${what} gave a different result: ${ended.stdout.slice(0, 300)}`);
      counts.answered++;
      return;
    }
    counts.refused++;
    if (ended.code !== 1 || !lines.every((line) => /^graft: .+[.?]$/.test(line)) || existsSync(written))
      throw new Error(
        `${what} did not fail with a one-sentence error: exit code ${ended.code}, "${ended.stderr}"${existsSync(written) ? ', and a file was written' : ''}`,
      );
    if (JSON.stringify(contentOf(copy)) !== JSON.stringify(before))
      throw new Error(`${what} failed, but changed the folder.`);
  };
  for (const from of [whole, stopped])
    for (const file of filesOf(from)) {
      for (const damage of damages) {
        const what = (/** @type {string} */ command) =>
          `graft ${command} with "${file}" of the ${from === whole ? 'finished' : 'stopped'} run ${damage.name}`;
        rmSync(copy, { recursive: true });
        cpSync(from, copy, { recursive: true });
        writeFileSync(join(copy, file), damage.of(readFileSync(join(from, file))));
        counts.damages++;
        for (const [name, args] of Object.entries(looks))
          await look(
            what(name),
            args,
            ({ stdout }) =>
              from === whole && stdout === answers[name] && (name !== 'export' || readFileSync(written).equals(model)),
          );
        await look(
          what('resume'),
          ['resume', copy, '--json'],
          () => from === stopped && readFileSync(join(copy, 'model.onnx')).equals(model),
        );
      }
      onFile(`${from === whole ? 'finished' : 'stopped'}: ${file}`);
    }
  return counts;
}

/** Starts a run and stops it in its second phase, after two checkpoints. */
async function stopMidway(
  /** @type {Graft} */ graft,
  /** @type {readonly string[]} */ args,
  /** @type {string} */ out,
) {
  const stop = new AbortController();
  const looking = setInterval(
    () => existsSync(join(out, 'phases/all/checkpoints/step-00000006/state.json')) && stop.abort(),
    1,
  );
  try {
    await wanted(graft(args, stop.signal), 130);
  } finally {
    clearInterval(looking);
  }
}

/** @param {Promise<Ended>} ending @param {number} code */
async function wanted(ending, code) {
  const ended = await ending;
  if (ended.code !== code)
    throw new Error(`Before any damage graft ended with ${ended.code} instead of ${code}: ${ended.stderr}`);
  return ended;
}

const filesOf = (/** @type {string} */ folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
/** Every file with its bytes. */
const contentOf = (/** @type {string} */ folder) =>
  filesOf(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
