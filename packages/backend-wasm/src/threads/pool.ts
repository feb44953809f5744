import type { Heap } from '../heap.ts';
import * as at from './control.ts';
import { startWorker, type WorkerHandle } from './start-worker.ts';
import type { CompiledModule } from '../web-assembly.ts';

export interface PoolOptions {
  /** Number of threads, including the caller. */
  readonly threads: number;
  readonly heap: Heap;
  readonly module: CompiledModule;
  /** Name of the backend in messages. */
  readonly name: string;
  /** Seconds after which an unresponsive worker with a part is considered dead. */
  readonly patience: number;
}

interface Worker {
  readonly handle: WorkerHandle;
  /** Index of its first word. */
  readonly words: number;
  scratch: { pointer: number; bytes: number };
  /** Memory that its kernels requested beyond the scratch; merged with it before the next job. */
  extensions: { pointer: number; bytes: number }[];
}

const FIRST_SCRATCH = 4 << 20;
/** Milliseconds for which the caller polls for the end of a job before it sleeps. */
const SPIN = 0.1;
/** Milliseconds of one sleep: a process that was suspended for an hour counts one sleep. */
const SLICE = 100;

/** A worker with a part is lost: it may still write to its memory later. */
export class LostWorkerError extends Error {}

/** Workers that share the heap's memory and take parts of jobs. */
export class ThreadPool {
  readonly #heap: Heap;
  readonly #name: string;
  readonly #patience: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #control: number;
  readonly #modules: CompiledModule[];
  #workers: Worker[] = [];
  #job = 0;
  #command = 0;
  /** The error of a failed allocation of a worker's scratch. */
  #full: unknown;

  private constructor({ heap, module, name, patience, threads }: PoolOptions) {
    this.#heap = heap;
    this.#name = name;
    this.#patience = patience;
    this.#modules = [module];
    const bytes = at.controlBytes(threads);
    this.#control = heap.take(bytes);
    // These stay valid when the memory grows, because shared memory does not move.
    this.#words = new Int32Array(heap.memory.buffer, this.#control, bytes / 4).fill(0);
    this.#doubles = new Float64Array(heap.memory.buffer, this.#control, bytes / 8);
    this.#words[at.TICKET] = at.CLOSED;
  }

  /** Workers start asynchronously, and take parts as soon as they can. */
  static async start(options: PoolOptions): Promise<ThreadPool> {
    const pool = new ThreadPool(options);
    try {
      for (let i = 0; i < options.threads - 1; i++) await pool.#start(i);
    } catch {
      // Workers cannot be started here, for example if a page forbids them: use the existing ones, if any.
    }
    return pool;
  }

  /** Workers that can take parts now. */
  get ready(): number {
    let count = 0;
    for (const { words } of this.#workers) count += this.#words[words + at.STARTED]!;
    return count;
  }

  /** Workers that are running or starting. */
  get size(): number {
    return this.#workers.length;
  }

  /**
   * Runs a function over units 0 to `units`, `step` at a time, on this thread and the workers: run(...args, from, to).
   * @param id its index among the exported functions of all modules
   * @throws if a part fails, or a worker died with one
   */
  run(id: number, run: (...args: number[]) => unknown, args: readonly number[], units: number, step: number): void {
    const words = this.#words;
    const parts = Math.ceil(units / step);
    for (const worker of this.#workers) if (worker.extensions.length) this.#joinScratch(worker);
    if (args.length > at.MOST_ARGUMENTS || parts > at.MOST_PARTS)
      throw new Error(`A job of ${parts} parts with ${args.length} arguments is too large.`);
    this.#doubles.set(args, at.ARGUMENTS / 2);
    words[at.STEP] = step;
    words[at.UNITS] = units;
    words[at.EXPORT] = id;
    words[at.COUNT] = args.length;
    words[at.FAILED] = 0;
    Atomics.store(words, at.DONE, 0);
    Atomics.store(words, at.PARTS, parts);
    const base = this.#nextJob();
    Atomics.store(words, at.TICKET, base);
    if (Atomics.load(words, at.SLEEPERS) > 0) Atomics.notify(words, at.TICKET, parts - 1);

    let error: unknown;
    let failed = false;
    for (let ticket = base, part = 0; ;) {
      const seen = Atomics.compareExchange(words, at.TICKET, ticket, ticket + 1);
      if (seen !== ticket) {
        ticket = seen;
        part = seen & at.CLOSED;
        if (part >= parts) break;
        continue;
      }
      const from = part * step;
      try {
        if (!failed) run(...args, from, Math.min(units, from + step));
      } catch (thrown) {
        [failed, error] = [true, thrown];
      }
      Atomics.add(words, at.DONE, 1);
      ticket++;
      if (++part >= parts) break;
    }
    if (Atomics.load(words, at.DONE) < parts) this.#wait(parts);
    Atomics.store(words, at.TICKET, base | at.CLOSED);
    if (failed) throw error;
    if (this.#full) {
      const full = this.#full;
      this.#full = undefined;
      throw full;
    }
    if (words[at.FAILED])
      throw new Error(
        'A WebAssembly kernel aborted in a worker thread. This is a bug in @graft/backend-wasm, or in a registered module.',
      );
  }

  /** Sends the functions of another module to workers, which take no parts until they have them. */
  add(module: CompiledModule): void {
    const words = this.#words;
    this.#modules.push(module);
    this.#command++;
    for (const { handle } of this.#workers) handle.post({ modules: [module], command: this.#command });
    Atomics.store(words, at.COMMAND, this.#command);
    Atomics.store(words, at.TICKET, this.#nextJob() | at.CLOSED);
    Atomics.notify(words, at.TICKET);
  }

  /** Ends all workers. Later jobs run on the calling thread. */
  stop(): void {
    for (const { handle } of this.#workers) handle.stop();
    this.#workers = [];
  }

  async #start(index: number): Promise<void> {
    const own = at.WORKERS + index * at.WORKER_WORDS;
    const handle = await startWorker(`${this.#name} ${index + 2}`, () => {
      this.#workers = this.#workers.filter((other) => other !== worker);
    });
    const worker: Worker = { handle, words: own, scratch: { pointer: 0, bytes: 0 }, extensions: [] };
    this.#setScratch(worker, FIRST_SCRATCH);
    this.#workers.push(worker);
    handle.post({
      memory: this.#heap.memory,
      control: this.#control,
      length: this.#words.length,
      own,
      modules: this.#modules,
      command: this.#command,
    });
  }

  /** The ticket of a new job's first part. */
  #nextJob(): number {
    this.#job = (this.#job + 1) % (1 << (32 - at.PART_BITS));
    return this.#job << at.PART_BITS;
  }

  #wait(parts: number): void {
    const words = this.#words;
    for (let until = 0, looks = 1; ; looks++) {
      if (Atomics.load(words, at.DONE) >= parts) return;
      if (looks & 63) continue;
      this.#answerRequests();
      const now = performance.now();
      if (until === 0) until = now + SPIN;
      if (now > until) break;
    }
    let signs = this.#signs();
    for (let waited = 0; ;) {
      const events = Atomics.load(words, at.EVENTS);
      if (this.#answerRequests()) waited = 0;
      if (Atomics.load(words, at.DONE) >= parts) return;
      if (Atomics.wait(words, at.EVENTS, events, SLICE) !== 'timed-out') continue;
      const now = this.#signs();
      waited = now === signs ? waited + SLICE : 0;
      signs = now;
      if (waited >= this.#patience * 1000) this.#lost();
    }
  }

  /** Changes when any worker starts or finishes a part. */
  #signs(): number {
    return this.#workers.reduce(
      (sum, { words }) => sum + Atomics.load(this.#words, words + at.PROGRESS),
      Atomics.load(this.#words, at.DONE),
    );
  }

  #lost(): never {
    this.stop();
    throw new LostWorkerError(
      `A worker thread of backend "${this.#name}" has not responded for ${this.#patience} seconds: it was terminated, or gets no processor time. This operation failed; ` +
        'the backend continues with the calling thread only. Create a new backend to use more threads.',
    );
  }

  #answerRequests(): boolean {
    const words = this.#words;
    let answered = false;
    for (const worker of this.#workers) {
      const bytes = Atomics.exchange(words, worker.words + at.REQUEST, 0) >>> 0;
      if (bytes === 0) continue;
      answered = true;
      let pointer = 0;
      try {
        pointer = this.#heap.take(bytes);
        worker.extensions.push({ pointer, bytes });
      } catch (full) {
        this.#full = full;
      }
      Atomics.store(words, worker.words + at.ANSWER, pointer);
      Atomics.notify(words, worker.words + at.ANSWER);
    }
    return answered;
  }

  #joinScratch(worker: Worker): void {
    const { scratch, extensions } = worker;
    for (const { pointer, bytes } of [scratch, ...extensions]) this.#heap.give(pointer, bytes);
    worker.extensions = [];
    this.#setScratch(
      worker,
      extensions.reduce((sum, { bytes }) => sum + bytes, scratch.bytes),
    );
  }

  #setScratch(worker: Worker, bytes: number): void {
    const pointer = this.#heap.take(bytes);
    worker.scratch = { pointer, bytes };
    this.#words[worker.words + at.SCRATCH] = pointer;
    this.#words[worker.words + at.SCRATCH_BYTES] = bytes;
  }
}
