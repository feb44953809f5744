// @ts-check
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killBeyondMemory } from './kill-beyond-memory.mjs';

const script = fileURLToPath(new URL('audit-worker.mjs', import.meta.url));
/** The clock is only the limit for readers that would never end. */
const killAfter = 60_000;
/** A worker that keeps more memory than this is replaced, because the next case would be blamed for it. */
const maxResting = 350 * 2 ** 20;

/** A process that reads library cases, and is replaced when a case ends it. */
export class AuditWorker {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #errors = '';

  /**
   * @param {string} family @param {number} index @param {string} folder
   * @returns {Promise<string | import('./verdict.mjs').Ended>} a text if the process did not survive
   */
  async read(family, index, folder) {
    const child = (this.#child ??= await this.#start());
    return new Promise((resolve) => {
      const end = (/** @type {string | import('./verdict.mjs').Ended} */ ended, rest = 0) => {
        clearTimeout(kill);
        clearInterval(watchingMemory);
        child.removeAllListeners();
        if (typeof ended === 'string' || rest > maxResting) this.stop();
        resolve(ended);
      };
      const watchingMemory = killBeyondMemory(child);
      const kill = setTimeout(() => end(`it took more than ${killAfter / 1000} s`), killAfter);
      child.on('message', (/** @type {any} */ ended) => end(ended, ended.resting));
      child.on('exit', (code, signal) =>
        end(`its process ended with ${code ?? signal}: ${this.#errors.trim().slice(0, 300)}`),
      );
      child.send({ family, index, folder });
    });
  }

  stop() {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** @returns {Promise<import('node:child_process').ChildProcess>} */
  #start() {
    this.#errors = '';
    const child = fork(script, {
      execArgv: ['--max-old-space-size=1024'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => (this.#errors = (this.#errors + text).slice(-5000)));
    return new Promise((resolve, reject) =>
      child
        .once('message', () => resolve(child))
        .once('error', reject)
        .once('exit', (code) => {
          if (code) reject(new Error(`A worker of the audit cannot start: ${this.#errors.slice(0, 1000)}`));
        }),
    );
  }
}
