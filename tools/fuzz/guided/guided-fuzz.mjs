// @ts-check
import { Worker } from 'node:worker_threads';
import { kindOf } from './explore.mjs';

/** Bytes of the largest input that is kept for a thread that does not return. */
const largestInput = 2 ** 16;
/** Growth of the process in one execution. */
const mostMemory = 2 ** 30;

/** @typedef {import('./explore.mjs').Failure} Failure */
/** @typedef {{ name: string, executions: number, inputs: number, branches: number, failures: readonly Failure[] }} Explored branches: those passed at least once */

/**
 * Explores a reader until it has run a number of executions, or time is over.
 * @param {object} options
 * @param {import('./bundle-readers.mjs').Bundle} options.bundle
 * @param {string} options.name of the reader
 * @param {readonly Uint8Array[]} options.seeds valid files
 * @param {number} options.executions
 * @param {number} [options.minutes] default unlimited
 * @param {number} options.seed
 * @param {number} [options.killAfter] seconds after which one execution is ended; default 10
 * @param {(failure: Failure) => void} [options.onFailure]
 * @param {(state: { executions: number, inputs: number, branches: number }) => void} [options.onProgress] called about every 20 seconds
 * @returns {Promise<Explored>}
 */
export async function guidedFuzz({
  bundle,
  name,
  seeds,
  executions,
  minutes = Number.POSITIVE_INFINITY,
  seed,
  killAfter = 10,
  onFailure = () => {},
  onProgress = () => {},
}) {
  const shared = (/** @type {number} */ bytes) => new SharedArrayBuffer(bytes);
  const seen = new Uint8Array(shared(bundle.counters));
  const [progress, input] = [new Int32Array(shared(12)), new Uint8Array(shared(largestInput))];
  const corpus = [...seeds];
  const known = new Set();
  /** @type {Failure[]} */
  const failures = [];
  const until = Date.now() + minutes * 60_000;
  const branches = () => seen.reduce((count, bits) => count + Number(bits > 0), 0);
  const report = (/** @type {Failure} */ failure, kind = kindOf(failure.reason)) => {
    if (known.has(kind)) return;
    known.add(kind);
    failures.push(failure);
    onFailure(failure);
  };
  let from = 0;
  while (from < executions && Date.now() < until) {
    const worker = new Worker(new URL('explore-worker.mjs', import.meta.url), {
      workerData: {
        name,
        bundle: { file: bundle.file, counters: bundle.counters },
        words: wordsFor(name, bundle),
        seen,
        progress,
        input,
        corpus,
        seed,
        from,
        executions,
        until,
        known,
      },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
      execArgv: [],
      stdout: true, // what libraries print
      stderr: true,
    });
    const ended = await new Promise((/** @type {(ended: number | string) => void} */ resolve) => {
      let [last, since, reported] = [-1, performance.now(), performance.now()];
      let base = process.memoryUsage.rss();
      const watching = setInterval(() => {
        const now = Atomics.load(progress, 2);
        if (now !== last) [last, since, base] = [now, performance.now(), process.memoryUsage.rss()];
        else if (performance.now() - since > killAfter * 1000) resolve(`it took more than ${killAfter} s`);
        if (process.memoryUsage.rss() - base > mostMemory) resolve('it took more than 1 GiB of memory');
        if (performance.now() - reported > 20_000) {
          reported = performance.now();
          onProgress({ executions: Atomics.load(progress, 0), inputs: corpus.length, branches: branches() });
        }
      }, 100).unref();
      worker.on('message', ({ new: bytes, failure, kind, done }) => {
        if (bytes) corpus.push(bytes);
        else if (failure) report(failure, kind);
        else resolve(done);
      });
      worker.on('error', (error) => resolve(`its thread ended: ${error.message}`));
      worker.on('exit', () => {
        clearInterval(watching);
        resolve('its thread ended');
      });
    });
    await worker.terminate();
    if (typeof ended === 'number') {
      from = ended;
      break;
    }
    if (Atomics.load(progress, 2) === 0) throw new Error(`The readers cannot be loaded: ${ended}`);
    const execution = Atomics.load(progress, 0);
    report({ execution, bytes: input.slice(0, Math.min(largestInput, Atomics.load(progress, 1))), reason: ended });
    from = execution + 1;
  }
  return { name, executions: from, inputs: corpus.length, branches: branches(), failures };
}

/** Where the words of a reader are. @type {Readonly<Record<string, RegExp>>} */
const sources = {
  onnx: /\/onnx\/src\/proto\//,
  safetensors: /\/layers\/src\/safetensors/,
  tar: /\/data\/src\/tar/,
  shard: /\/data\/src\/(node\/tar|tar)/,
  csv: /\/data\/src\/node\/table|csv-parse/,
  jsonl: /\/data\/src\/node\/table/,
  parquet: /\/data\/src\/node\/parquet|hyparquet/,
  classes: /\/data\/src\/(node\/(table|image-)|cells)/,
  labels: /\/data\/src\/(node\/(table|image-|target)|cells)/,
  numbers: /\/data\/src\/(node\/(table|image-|target)|cells)/,
  idx: /\/data\/src\/node\/idx/,
  card: /\/zoo\/src\/(parse-card|node\/read-card|licence)/,
  lock: /\/zoo\/src\/node\/model-lock/,
  checkpoint: /\/train\/src\/checkpoint|\/callbacks\/src\//,
  weights: /\/layers\/src\/safetensors/,
  summary: /\/finetune\/src\/(summary|run-files|wanted-plugins)/,
  record: /\/finetune\/src\/(run-record|run-options|wanted-plugins|configured)/,
  tokenizer: /\/text\/src\/tokenizer|@huggingface\/tokenizers/,
  image: /\/augment\/src\/(image-size|jpeg-size|known-format)/,
};
/** Texts that a reader knows. @param {string} name @param {import('./bundle-readers.mjs').Bundle} bundle */
export const wordsFor = (name, { words }) => [
  '',
  '__proto__',
  'constructor',
  '\uFEFF',
  '\ud83d\ude00',
  '\0',
  ...[...words].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([file, own]) => (sources[name]?.test(file) ? own : [])),
];
