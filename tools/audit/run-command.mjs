// @ts-check
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killBeyondMemory } from './kill-beyond-memory.mjs';

const main = fileURLToPath(new URL('../../apps/graft/dist/main.js', import.meta.url));
const preload = new URL('peak-memory.mjs', import.meta.url).href;
/** The clock is only the limit for commands that would never end. */
const killAfter = 60_000;
/** How soon Ctrl+C must end a command. */
const stopWithin = 2_000;
/** Time to get to work before Ctrl+C. */
const workBefore = 1_000;

/**
 * @typedef {object} CommandEnd
 * @property {number | null} code
 * @property {string | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} peak
 * @property {number} bytes
 * @property {number} [stoppedAfter] milliseconds from Ctrl+C to the end
 */

/**
 * Runs graft in its own process, with its own home and temporary folder, and at most 1 GiB.
 * @param {readonly string[]} args
 * @param {{ cwd: string, home: string, stdin?: string | undefined, env?: Readonly<Record<string, string>> | undefined, interrupt?: boolean | 'training' | undefined, stopWhen?: () => boolean }} options `stopWhen`: press Ctrl+C as soon as it is true
 * @returns {Promise<CommandEnd>}
 */
export function runCommand(args, { cwd, home, stdin, env, interrupt = false, stopWhen }) {
  const temporary = join(home, 'tmp');
  mkdirSync(temporary, { recursive: true });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--max-old-space-size=1024', '--import', preload, main, ...args], {
      cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        USERPROFILE: home,
        TMPDIR: temporary,
        TEMP: temporary,
        GRAFT_CACHE: join(home, 'cache'),
        NO_PROXY: '127.0.0.1,localhost',
        ...env,
      },
      stdio: [stdin === undefined && !interrupt ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    /** @type {CommandEnd} */
    const end = { code: null, signal: null, stdout: '', stderr: '', peak: 0, bytes: 0 };
    let interrupted = 0;
    /** @type {NodeJS.Timeout | undefined} */
    let pressing;
    let told = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (end.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (end.stderr += text));
    const reports = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
    reports.setEncoding('utf8').on('data', (text) => {
      told += text;
      if (!interrupt || pressing || !told.includes(interrupt === 'training' ? 'listening' : 'started')) return;
      pressing = setTimeout(() => {
        interrupted = performance.now();
        child.kill('SIGINT');
        setTimeout(() => child.kill('SIGKILL'), 5 * stopWithin).unref();
      }, workBefore);
    });
    const watching = stopWhen && setInterval(() => stopWhen() && child.kill('SIGINT') && clearInterval(watching), 5);
    if (stdin !== undefined) child.stdin?.end(stdin);
    const kill = setTimeout(() => child.kill('SIGKILL'), killAfter);
    const watchingMemory = killBeyondMemory(child);
    const orphaned = () => child.kill('SIGKILL');
    process.once('exit', orphaned);
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(kill);
      clearTimeout(pressing);
      clearInterval(watchingMemory);
      process.off('exit', orphaned);
      clearInterval(watching);
      for (const line of told.trim().split('\n')) if (line) Object.assign(end, JSON.parse(line));
      resolve({ ...end, code, signal, ...(interrupted && { stoppedAfter: performance.now() - interrupted }) });
    });
  });
}

/**
 * The end of a command in the terms of a verdict, or what is wrong with it in itself.
 * @param {CommandEnd} end @param {{ interrupt?: boolean | 'training' | undefined, outcome: import('./case.mjs').Outcome }} one
 * @returns {string | import('./verdict.mjs').Ended}
 */
export function asEnded({ code, signal, stdout, stderr, peak, bytes, stoppedAfter }, { interrupt, outcome }) {
  const lines = stderr.trimEnd().split('\n');
  if (/^\s+at .+:\d+/m.test(stderr)) return `it printed a stack trace: ${stderr.slice(0, 600)}`;
  if (interrupt) {
    if (stoppedAfter === undefined) return `it ended before Ctrl+C with ${code ?? signal}: ${stderr.slice(0, 400)}`;
    // Only training handles Ctrl+C itself, to save its progress.
    const expected = interrupt === 'training' ? 130 : 'SIGINT';
    if ((code ?? signal) !== expected)
      return `Ctrl+C ended it with ${code ?? signal} instead of ${expected}: ${stderr.slice(-400)}`;
    if (stoppedAfter > stopWithin) return `Ctrl+C ended it after ${(stoppedAfter / 1000).toFixed(1)} s`;
  } else if (signal !== null || (code !== 0 && code !== 1))
    return `it ended with ${code ?? signal}: ${stderr.slice(-600)}`;
  const said = `${stdout}\n${stderr}`;
  const failed = code !== 0 && outcome.kind !== 'left out';
  return {
    work: { bytes },
    peak,
    said,
    terminal: true,
    ...(failed && { error: (lines.findLast((line) => line.startsWith('graft: ')) ?? stderr).replace('graft: ', '') }),
  };
}
