import { latestCheckpoint } from '@graft/callbacks';
import { GraftError } from '@graft/plugin';
import { megabytes } from '@graft/report';
import { inFolder, type Storage } from '@graft/storage';
import { digestOf } from './digest.ts';
import { Stopped } from './run-progress.ts';
import { fileNames, isCompanion, results } from './file-names.ts';
import { encodeRunRecord, parseRunRecord, type RunRecord } from './run-record.ts';
import { parseSummary, type Summary } from './summary.ts';

/** What a phase no longer needs once the run is complete. */
const forResuming = ['checkpoints', 'finished'] as const;
/** Bytes of the largest files that are read. */
const limits = { 'summary.json': 2 ** 24, 'run.json': 2 ** 20, 'model.onnx': 2 ** 31 };
const largestCompanion = 2 ** 27;

/** The files of one run, in a storage of their own. They are written whole or not at all. */
export class RunFiles {
  readonly storage: Storage;
  readonly #resume: string;
  #modelSha256: string | undefined;
  readonly #companions: Record<string, string> = {};

  /** @param resume what resumes the run, for messages */
  constructor(storage: Storage, resume = 'resumeRun({ app, storage })') {
    this.storage = storage;
    this.#resume = resume;
  }

  /** What messages call the place. */
  get location(): string {
    return this.storage.location;
  }

  /**
   * Does some work that ends in {@link RunFiles.finish}. Where it fails, what it wrote is removed again, unless the run can be resumed.
   * @throws before the work begins where the storage holds a run already, is in use, or cannot be written
   */
  async fill<T>(work: (files: RunFiles) => Promise<T>): Promise<T> {
    await this.storage.write('.writable', new Uint8Array());
    await this.storage.remove('.writable');
    return this.#locked(async () => {
      for (const name of fileNames)
        if (await this.storage.exists(name))
          throw new GraftError(
            `"${this.location}" already holds a run (${name}). Choose another folder, ${(await this.isResumable()) ? `resume it (${this.#resume}), ` : ''}or remove it.`,
            { code: 'run.exists', place: this.location },
          );
      return this.#orUndone(work);
    });
  }

  /**
   * Goes on with a run that was interrupted.
   * @throws before the work begins where there is none, it is complete, or another process is at it
   */
  async resume<T>(work: (files: RunFiles) => Promise<T>): Promise<T> {
    const hint = 'Give a folder in which a run was interrupted.';
    const refuse = (message: string): never => {
      throw new GraftError(message, { code: 'run.resume', place: this.location, hint });
    };
    if (!(await this.storage.exists('run.json')))
      refuse(`"${this.location}" holds no run to resume: there is no run.json in it. ${hint}`);
    return this.#locked(async () => {
      if (await this.storage.exists('summary.json')) refuse(`The run in "${this.location}" is complete. ${hint}`);
      return this.#orUndone(work);
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

  /** Work that fails leaves no results; how it could go on stays, and is told. */
  async #orUndone<T>(work: (files: RunFiles) => Promise<T>): Promise<T> {
    const begun = await this.storage.exists('run.json');
    try {
      return await work(this);
    } catch (error) {
      // The first error is the one to tell.
      const kept = begun || (await this.isResumable().catch(() => false));
      for (const name of [...(kept ? results : fileNames), ...Object.keys(this.#companions)])
        await this.storage.remove(name).catch(() => {});
      if (!kept || !(error instanceof Error) || (begun && !(error instanceof Stopped))) throw error;
      const stopped = error instanceof Stopped;
      const message = `${stopped ? 'Stopped.' : error.message} Progress is kept. Resume: ${this.#resume}`;
      throw new GraftError(message, {
        code: stopped ? 'run.stopped' : error instanceof GraftError ? error.code : 'run.failed',
        place: this.location,
        hint: `Resume the run in "${this.location}".`,
        cause: error,
      });
    }
  }

  /** @throws where there is no room for so many bytes, so a run ends before it has trained */
  async expectSpace(bytes: number): Promise<void> {
    const free = await this.storage.free?.();
    if (free !== undefined && free < bytes)
      throw new GraftError(
        `The run needs about ${megabytes(bytes)} in "${this.location}", and ${megabytes(free)} are free. Free some space, or choose a folder on another disk.`,
        { code: 'storage.space', place: this.location },
      );
  }

  /** Where a phase of training keeps its checkpoints and logs. */
  phase(name: string): Storage {
    return inFolder(this.storage, `phases/${name}`);
  }

  async begin(record: RunRecord): Promise<void> {
    await this.write('run.json', encodeRunRecord(record));
  }

  /** How the run began. @throws where `run.json` is damaged */
  async record(): Promise<RunRecord> {
    return parseRunRecord(new TextDecoder().decode(await this.#read('run.json')), this.#at('run.json'));
  }

  /** Whether anything was kept to go on from. */
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

  /** Writes the files that belong to the model. @throws if a name is not that of a file in the folder, or is taken */
  async writeCompanions(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    for (const [name, bytes] of Object.entries(files)) {
      if (!isCompanion(name))
        throw new Error(
          `A file that travels with the model cannot be called ${JSON.stringify(name)}. Use a plain file name that the run does not use.`,
        );
      this.#companions[name] = await digestOf(bytes);
      await this.write(name, bytes);
    }
  }

  /** Reads a file that belongs to the model; undefined if the summary lists none of this name. @throws if it is not the file that the run wrote */
  async companion({ companions = {} }: Pick<Summary, 'companions'>, name: string): Promise<Uint8Array | undefined> {
    if (!Object.hasOwn(companions, name)) return undefined;
    const bytes = await this.#read(name, largestCompanion);
    if ((await digestOf(bytes)) !== companions[name]) throw this.#changed(name);
    return bytes;
  }

  /** Completes the run. */
  async finish(summary: Summary): Promise<Summary> {
    const whole = {
      ...summary,
      ...(Object.keys(this.#companions).length && { companions: this.#companions }),
      modelSha256: this.#modelSha256!,
    };
    await this.write('labels.txt', `${summary.classes.join('\n')}\n`);
    await this.write('summary.json', `${JSON.stringify(whole, null, 2)}\n`);
    await this.#tidy().catch(() => {}); // the run is complete, whatever else lies in its folder
    return whole;
  }

  /** Removes what only a run that goes on needs. */
  async #tidy(): Promise<void> {
    for (const phase of await this.storage.list('phases')) {
      for (const name of forResuming) await this.storage.remove(`phases/${phase}/${name}`);
      if (!(await this.storage.list(`phases/${phase}`)).length) await this.storage.remove(`phases/${phase}`);
    }
    if (!(await this.storage.list('phases')).length) await this.storage.remove('phases');
  }

  /** @throws where there is no summary, or a damaged one: the folder may come from anybody */
  async summary(): Promise<Summary> {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await this.#read('summary.json')));
    } catch (error) {
      const reason =
        error instanceof SyntaxError || error instanceof TypeError
          ? 'its summary.json is not JSON'
          : (error as Error).message.replace(/\.$/, '');
      throw new GraftError(`"${this.location}" is not a finished run: ${reason}. Give a folder that a run wrote.`, {
        code: 'run.damaged',
        place: this.location,
        cause: error,
      });
    }
    return parseSummary(value, this.#at('summary.json'));
  }

  /** @throws where it is not the file that the run wrote */
  async model({ modelSha256 }: Pick<Summary, 'modelSha256'>): Promise<Uint8Array> {
    const bytes = await this.#read('model.onnx');
    if (modelSha256 !== undefined && (await digestOf(bytes)) !== modelSha256) throw this.#changed('model.onnx');
    return bytes;
  }

  #changed(name: string): GraftError {
    return new GraftError(
      `"${this.#at(name)}" is damaged, or is not the file of this run: its SHA-256 differs from the one in summary.json. Copy the run again, or train again.`,
      { code: 'run.damaged', place: this.#at(name) },
    );
  }

  async #read(name: string, limit = limits[name as keyof typeof limits]): Promise<Uint8Array> {
    const size = await this.storage.size(name);
    // Reading a pipe may never end; where there is nothing, reading says so.
    if (size === undefined && (await this.storage.exists(name))) throw new Error(`"${this.#at(name)}" is not a file.`);
    if (size !== undefined && size > limit)
      throw new Error(`"${this.#at(name)}" has ${size} bytes, and at most ${limit} are read.`);
    return this.storage.read(name);
  }

  #at(name: string): string {
    return `${this.location}/${name}`;
  }
}
