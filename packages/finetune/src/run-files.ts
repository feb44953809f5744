import { latestCheckpoint } from '@graft/callbacks';
import { GraftError } from '@graft/plugin';
import { megabytes } from '@graft/report';
import { inFolder, type Storage } from '@graft/storage';
import { digestOf } from './digest.ts';
import { Stopped } from './run-progress.ts';
import { fileNames, isCompanion, results } from './file-names.ts';
import { type HeldOutPrediction, parsePredictions } from './held-out-predictions.ts';
import { encodeRunRecord, parseRunRecord, type RunRecord } from './run-record.ts';
import { parseSummary, type StoredSummary, type Summary } from './summary.ts';

/** Folders of a phase that are removed when the run is complete. */
const onlyForResuming = ['checkpoints', 'finished'] as const;
/** Maximum sizes of files, in bytes. */
const limits = { 'summary.json': 2 ** 24, 'predictions.json': 2 ** 26, 'run.json': 2 ** 20, 'model.onnx': 2 ** 31 };
const companionLimit = 2 ** 27;

/** The files of one run in a storage. Each file is written completely or not at all. */
export class RunFiles {
  readonly storage: Storage;
  readonly #resume: string;
  #modelSha256: string | undefined;
  readonly #companions: Record<string, string> = {};

  /** @param resume command or code that resumes the run, for messages */
  constructor(storage: Storage, resume = 'resumeRun({ app, storage })') {
    this.storage = storage;
    this.#resume = resume;
  }

  /** Name of the storage in messages. */
  get location(): string {
    return this.storage.location;
  }

  /**
   * Executes a new run, which calls {@link RunFiles.finish} at its end. If it fails, its files are removed unless it can be resumed.
   * @throws before it starts if the storage already contains a run, is in use, or cannot be written
   */
  async fill<T>(work: (files: RunFiles) => Promise<T>): Promise<T> {
    await this.storage.write('.writable', new Uint8Array());
    await this.storage.remove('.writable');
    return this.#locked(async () => {
      for (const name of fileNames)
        if (await this.storage.exists(name))
          throw new GraftError(
            `"${this.location}" already contains a run (${name}). Choose another folder, ${(await this.isResumable()) ? `resume the run (${this.#resume}), ` : ''}or remove it.`,
            { code: 'run.exists', place: this.location },
          );
      return this.#orRemoved(work);
    });
  }

  /**
   * Resumes an interrupted run.
   * @throws before it starts if there is none, it is complete, or another process is working on it
   */
  async resume<T>(work: (files: RunFiles) => Promise<T>): Promise<T> {
    const hint = 'Give the folder of an interrupted run.';
    const refuse = (message: string): never => {
      throw new GraftError(message, { code: 'run.resume', place: this.location, hint });
    };
    if (!(await this.storage.exists('run.json')))
      refuse(`"${this.location}" has no run to resume, because it does not contain run.json. ${hint}`);
    return this.#locked(async () => {
      if (await this.storage.exists('summary.json')) refuse(`The run in "${this.location}" is complete. ${hint}`);
      return this.#orRemoved(work);
    });
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.storage.lock();
    try {
      return await work();
    } finally {
      await release();
    }
  }

  /** If work fails, removes its results but keeps what a resumed run needs, and says in the error how to resume. */
  async #orRemoved<T>(work: (files: RunFiles) => Promise<T>): Promise<T> {
    const begun = await this.storage.exists('run.json');
    try {
      return await work(this);
    } catch (error) {
      // Errors of the clean-up must not hide this one.
      // A destroyed network would be destroyed again.
      const isFinal = error instanceof GraftError && error.code === 'run.diverged';
      const kept = begun || (!isFinal && (await this.isResumable().catch(() => false)));
      for (const name of [...(kept ? results : fileNames), ...Object.keys(this.#companions)])
        await this.storage.remove(name).catch(() => {});
      if (!kept || !(error instanceof Error) || (begun && !(error instanceof Stopped))) throw error;
      const stopped = error instanceof Stopped;
      const message = `${stopped ? 'Stopped.' : error.message} Progress was saved. To resume: ${this.#resume}`;
      throw new GraftError(message, {
        code: stopped ? 'run.stopped' : error instanceof GraftError ? error.code : 'run.failed',
        place: this.location,
        hint: `Resume the run in "${this.location}".`,
        cause: error,
      });
    }
  }

  /** Checks the free space before training. @throws if there are fewer bytes free */
  async expectSpace(bytes: number): Promise<void> {
    const free = await this.storage.free?.();
    if (free !== undefined && free < bytes)
      throw new GraftError(
        `The run needs about ${megabytes(bytes)} in "${this.location}", but only ${megabytes(free)} are free. Free some space, or choose a folder on another disk.`,
        { code: 'storage.space', place: this.location },
      );
  }

  /** The folder of a training phase, for its checkpoints and logs. */
  phase(name: string): Storage {
    return inFolder(this.storage, `phases/${name}`);
  }

  async begin(record: RunRecord): Promise<void> {
    await this.write('run.json', encodeRunRecord(record));
  }

  /** Reads `run.json`. @throws if it is damaged */
  async record(): Promise<RunRecord> {
    return parseRunRecord(new TextDecoder().decode(await this.#read('run.json')), this.#at('run.json'));
  }

  /** Whether there is a checkpoint to resume from. */
  async isResumable(): Promise<boolean> {
    if (!(await this.storage.exists('run.json'))) return false;
    for (const phase of await this.storage.list('phases'))
      if (
        (await this.storage.exists(`phases/${phase}/finished/state.json`)) ||
        (await latestCheckpoint(this.storage, `phases/${phase}/checkpoints`))
      )
        return true;
    return false;
  }

  async write(name: string, content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    if (name === 'model.onnx') this.#modelSha256 = await digestOf(bytes);
    await this.storage.write(name, bytes);
  }

  /** Writes the model's companion files, such as its tokenizer. @throws if a name is not a plain file name, or is taken */
  async writeCompanions(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    for (const [name, bytes] of Object.entries(files)) {
      if (!isCompanion(name))
        throw new Error(
          `${JSON.stringify(name)} cannot be the name of a companion file of the model. Use a plain file name that the run does not use.`,
        );
      this.#companions[name] = await digestOf(bytes);
      await this.write(name, bytes);
    }
  }

  /** Reads a companion file of the model; undefined if the summary does not list it. @throws if its digest differs from the summary's */
  async companion({ companions = {} }: Pick<Summary, 'companions'>, name: string): Promise<Uint8Array | undefined> {
    if (!Object.hasOwn(companions, name)) return undefined;
    return this.#readChecked(name, companions[name], companionLimit);
  }

  /** Writes the summary, which marks the run as complete. */
  async finish(summary: Summary): Promise<Summary> {
    const complete = {
      ...summary,
      ...(Object.keys(this.#companions).length && { companions: this.#companions }),
      modelSha256: this.#modelSha256!,
    };
    await this.write('labels.txt', `${summary.classes.join('\n')}\n`);
    await this.write('summary.json', `${JSON.stringify(complete, null, 2)}\n`);
    await this.#removeCheckpoints().catch(() => {}); // the run is complete even with leftover files
    return complete;
  }

  async #removeCheckpoints(): Promise<void> {
    for (const phase of await this.storage.list('phases')) {
      for (const name of onlyForResuming) await this.storage.remove(`phases/${phase}/${name}`);
      if (!(await this.storage.list(`phases/${phase}`)).length) await this.storage.remove(`phases/${phase}`);
    }
    if (!(await this.storage.list('phases')).length) await this.storage.remove('phases');
  }

  /** Reads and validates the summary, because the folder may come from someone else. @throws if it is missing or damaged */
  async summary(): Promise<StoredSummary> {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await this.#read('summary.json')));
    } catch (error) {
      const reason =
        error instanceof SyntaxError || error instanceof TypeError
          ? 'its summary.json is not JSON'
          : (error as Error).message.replace(/\.$/, '');
      throw new GraftError(`"${this.location}" is not a finished run: ${reason}. Give the folder of a finished run.`, {
        code: 'run.damaged',
        place: this.location,
        cause: error,
      });
    }
    return parseSummary(value, this.#at('summary.json'));
  }

  /** Reads the predictions of held-out examples; undefined if the run has none, as those of earlier versions. @throws if the file is damaged */
  async predictions({ classes }: Pick<StoredSummary, 'classes'>): Promise<HeldOutPrediction[] | undefined> {
    const name = 'predictions.json';
    if (!(await this.storage.exists(name))) return undefined;
    return parsePredictions(new TextDecoder().decode(await this.#read(name)), classes.length, this.#at(name));
  }

  /** Reads the model. @throws if its digest differs from the summary's */
  async model({ modelSha256 }: Pick<StoredSummary, 'modelSha256'>): Promise<Uint8Array> {
    return this.#readChecked('model.onnx', modelSha256);
  }

  /** Reads a file with a known digest, if there is one. A wrong file is not held in memory if the storage can digest it in parts. */
  async #readChecked(name: string, sha256: string | undefined, limit?: number): Promise<Uint8Array> {
    if (sha256 === undefined) return this.#read(name, limit);
    if (this.storage.sha256) {
      await this.#expectFile(name, limit);
      if ((await this.storage.sha256(name)) !== sha256) throw this.#changed(name);
      return this.#read(name, limit);
    }
    const bytes = await this.#read(name, limit);
    if ((await digestOf(bytes)) !== sha256) throw this.#changed(name);
    return bytes;
  }

  #changed(name: string): GraftError {
    return new GraftError(
      `"${this.#at(name)}" is damaged or belongs to another run: its SHA-256 differs from the one in summary.json. Copy the run again, or train again.`,
      { code: 'run.damaged', place: this.#at(name) },
    );
  }

  async #read(name: string, limit?: number): Promise<Uint8Array> {
    await this.#expectFile(name, limit);
    return this.storage.read(name);
  }

  /** @throws if a file is too large, or not a file */
  async #expectFile(name: string, limit = limits[name as keyof typeof limits]): Promise<void> {
    const size = await this.storage.size(name);
    // A pipe has no size, and reading it may never end. A missing file fails below.
    if (size === undefined && (await this.storage.exists(name))) throw new Error(`"${this.#at(name)}" is not a file.`);
    if (size !== undefined && size > limit)
      throw new Error(`"${this.#at(name)}" has ${size} bytes, but the limit is ${limit}.`);
  }

  #at(name: string): string {
    return `${this.location}/${name}`;
  }
}
