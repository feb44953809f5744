// @ts-check
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { smallTask } from '../kill-test/kill-runs.mjs';
import { runCommand } from './run-command.mjs';

/**
 * Trains a small network, and stops another run on its way.
 * @param {string} folder
 * @returns {Promise<Omit<import('./case.mjs').Shared, 'address'>>}
 */
export async function prepareShared(folder) {
  mkdirSync(folder, { recursive: true });
  const { data, begin } = await smallTask(folder, 2);
  const [run, stopped, home] = ['run', 'stopped', 'home'].map((name) => join(folder, name));
  const paths = /** @type {{ run: string, stopped: string, home: string }} */ ({ run, stopped, home });
  await expectSuccess(begin(paths.run), folder, paths.home);
  // A phase whose checkpoints stayed behind: the state of a run that was killed.
  const { begin: beginLonger } = await smallTask(folder, 30);
  await stopAfterCheckpoint(beginLonger(paths.stopped), folder, paths);
  if (!existsSync(join(paths.stopped, 'phases'))) throw new Error('The stopped run has no checkpoint.');
  rmSync(paths.home, { recursive: true, force: true });
  return {
    run: paths.run,
    stopped: paths.stopped,
    data,
    model: join(folder, 'tiny.onnx'),
    image: join(data, 'red', '0.png'),
  };
}

/** A copy of a run in the folder of a case. @param {string} from @param {string} folder */
export function copyRun(from, folder) {
  const copy = join(folder, 'run');
  cpSync(from, copy, { recursive: true });
  return copy;
}

/** @param {readonly string[]} args @param {string} cwd @param {string} home */
async function expectSuccess(args, cwd, home) {
  const { code, stderr } = await runCommand(args, { cwd, home });
  if (code !== 0) throw new Error(`The audit cannot train its network: ${stderr}`);
}

/** @param {readonly string[]} args @param {string} cwd @param {{ stopped: string, home: string }} paths */
async function stopAfterCheckpoint(args, cwd, { home, stopped }) {
  const { code, stderr } = await runCommand(args, {
    cwd,
    home,
    stopWhen: () => existsSync(join(stopped, 'phases/all/checkpoints/step-00000006/state.json')),
  });
  if (code !== 130) throw new Error(`The audit cannot stop a run: ${code}: ${stderr}`);
}
