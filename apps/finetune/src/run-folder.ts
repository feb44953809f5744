import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rmdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { latestCheckpoint } from '@graft/callbacks';
import type { Storage } from '@graft/storage';
import { fileStorage } from '@graft/storage/node';
import type { Preprocessing } from '@graft/zoo';
import { isClassName } from './class-name.ts';
import { isPreprocessing } from './preprocessing.ts';
import { megabytes } from './quantities.ts';
import { Stopped } from './reporter.ts';
import { type TaskName, taskNames } from './task/task.ts';
import type { CrossValidation } from './run/cross-validate.ts';
import { lockFolder } from '@graft/storage/node';
import { parseWantedPlugins, type WantedPlugin } from './wanted-plugins.ts';
import { encodeRunRecord, parseRunRecord, type RunRecord } from './run/run-record.ts';

/** What a run says of itself in `summary.json`. */
export interface Summary {
  readonly model: string;
  /** What images are asked; their class where it is missing. */
  readonly task?: TaskName;
  /** What each of the model's answers is of. */
  readonly classes: readonly string[];
  /** Columns of the table that were learned, where they were named. */
  readonly targets?: readonly string[];
  /** The task's metrics on images that were held back. */
  readonly validation?: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly epochs: number;
  /** What a cross-validation found. */
  readonly folds?: CrossValidation;
  readonly validationAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly trainSeconds: number;
  readonly imagesPerSecond: number;
  readonly frozenTensors: number;
  readonly frozenTensorsChanged: number;
  /** How images are fed to `model.onnx`. */
  readonly preprocessing: Preprocessing;
  /** SHA-256 of `model.onnx`. */
  readonly modelSha256?: string;
  /** What it was made with. */
  readonly plugins?: readonly WantedPlugin[];
  readonly [more: string]: unknown;
}

/** What a run writes, the summary last: a folder that has one is whole. */
const results = [
  'model.onnx',
  'checkpoint',
  'predictions.png',
  'report.html',
  'model-card.md',
  'labels.txt',
  'summary.json',
] as const;
/** What it writes on its way: how it began, and for each phase checkpoints, and logs where asked for. */
const onTheWay = ['run.json', 'phases'] as const;
const names = [...results, ...onTheWay] as const;
/** What a phase needs no longer once the run is whole. */
const forResuming = ['checkpoints', 'finished'] as const;

/** Bytes of the largest files that are read. */
const limits = { 'summary.json': 2 ** 24, 'run.json': 2 ** 20, 'model.onnx': 2 ** 31 };

/** The folder of one run. Files are written whole or not at all. */
export class RunFolder {
  readonly path: string;
  readonly storage: Storage;
  #modelSha256: string | undefined;

  private constructor(path: string) {
    this.path = path;
    this.storage = fileStorage(path);
  }

  /**
   * Does some work that ends in {@link RunFolder.finish}. Where it fails, what it wrote is removed again, unless the run can be resumed.
   * @throws before the work begins where the folder holds a run already, is in use, or cannot be written
   */
  static async fill<T>(path: string | undefined, work: (run: RunFolder) => Promise<T>): Promise<T> {
    const run = new RunFolder(path ?? newPath());
    const existed = existsSync(run.path);
    await run.storage.write('.writable', new Uint8Array());
    await run.storage.remove('.writable');
    const release = await lockFolder(run.path);
    try {
      for (const name of names)
        if (await run.storage.exists(name))
          throw new Error(
            `"${run.path}" holds a run already (${name}). Give another --out, ${(await run.isResumable()) ? `go on with it (graft resume ${run.path}), ` : ''}or remove it.`,
          );
      return await run.#orUndone(work);
    } finally {
      await release();
      if (!existed) await rmdir(run.path).catch(() => {}); // where nothing is left in it
    }
  }

  /**
   * Goes on with a run that was begun.
   * @throws before the work begins where there is none, it is finished, or another process is at it
   */
  static async resume<T>(path: string, work: (run: RunFolder) => Promise<T>): Promise<T> {
    const run = new RunFolder(path);
    const wanted = 'Give a folder in which graft finetune was ended before its time.';
    if (!(await run.storage.exists('run.json')))
      throw new Error(`"${path}" holds no run that could go on: there is no run.json in it. ${wanted}`);
    const release = await lockFolder(path);
    try {
      if (await run.storage.exists('summary.json')) throw new Error(`The run in "${path}" is finished. ${wanted}`);
      return await run.#orUndone(work);
    } finally {
      await release();
    }
  }

  /** Work that fails leaves no results; how it could go on stays, and is told. */
  async #orUndone<T>(work: (run: RunFolder) => Promise<T>): Promise<T> {
    const begun = await this.storage.exists('run.json');
    try {
      return await work(this);
    } catch (error) {
      // The first error is the one to tell.
      const kept = begun || (await this.isResumable().catch(() => false));
      for (const name of kept ? results : names) await this.storage.remove(name).catch(() => {});
      if (!kept || !(error instanceof Error) || (begun && !(error instanceof Stopped))) throw error;
      throw new Error(
        `${error instanceof Stopped ? 'Stopped.' : error.message} What was learned is kept: graft resume ${this.path}`,
        { cause: error },
      );
    }
  }

  static open(path: string): RunFolder {
    return new RunFolder(path);
  }

  /** @throws where the disk has no room for so many bytes, so that a run ends before it has trained */
  async wantSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    if (bavail * bsize < bytes)
      throw new Error(
        `A run wants about ${megabytes(bytes)} in "${this.path}", and its disk has ${megabytes(bavail * bsize)} left. Free some space, or give an --out on another disk.`,
      );
  }

  /** Where a phase of training keeps its checkpoints and logs. */
  phasePath(phase: string): string {
    return join(this.path, 'phases', phase);
  }

  async begin(record: RunRecord): Promise<void> {
    await this.write('run.json', encodeRunRecord(record));
  }

  /** How the run began. @throws where `run.json` is broken */
  async record(): Promise<RunRecord> {
    return parseRunRecord(new TextDecoder().decode(await this.#read('run.json')), join(this.path, 'run.json'));
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

  async write(name: (typeof names)[number], content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    if (name === 'model.onnx') this.#modelSha256 = sha256(bytes);
    await this.storage.write(name, bytes);
  }

  async finish(summary: Summary): Promise<void> {
    await this.write('labels.txt', `${summary.classes.join('\n')}\n`);
    await this.write('summary.json', `${JSON.stringify({ ...summary, modelSha256: this.#modelSha256 }, null, 2)}\n`);
    await this.#tidy().catch(() => {}); // the run is whole, whatever else lies in its folder
  }

  /** Removes what only a run that goes on needs. */
  async #tidy(): Promise<void> {
    for (const phase of await this.storage.list('phases')) {
      for (const name of forResuming) await this.storage.remove(`phases/${phase}/${name}`);
      if (!(await this.storage.list(`phases/${phase}`)).length) await this.storage.remove(`phases/${phase}`);
    }
    if (!(await this.storage.list('phases')).length) await this.storage.remove('phases');
  }

  /** @throws where there is no summary, or a broken one: the folder may come from anybody */
  async summary(): Promise<Summary> {
    let value: Partial<Summary> | null;
    try {
      value = JSON.parse(
        new TextDecoder('utf-8', { fatal: true }).decode(await this.#read('summary.json')),
      ) as Partial<Summary> | null;
    } catch (error) {
      const reason =
        error instanceof SyntaxError || error instanceof TypeError
          ? 'its summary.json is not JSON'
          : (error as Error).message.replace(/\.$/, '');
      throw new Error(
        `"${this.path}" is not a finished run: ${reason}. Give a folder that graft finetune or graft demo wrote.`,
        { cause: error },
      );
    }
    const { task = 'classification', classes, targets, preprocessing, modelSha256 } = value ?? {};
    const wrong = (what: string): Error =>
      new Error(`"${join(this.path, 'summary.json')}" ${what}. Give a folder that graft finetune or graft demo wrote.`);
    const areNames = (list: unknown, least: number): boolean =>
      Array.isArray(list) &&
      list.length >= least &&
      list.every((name) => typeof name === 'string' && isClassName(name));
    if (!taskNames.includes(task)) throw wrong(`names no task of this version under "task" (${taskNames.join(', ')})`);
    if (!areNames(classes, task === 'classification' ? 2 : 1))
      throw wrong(
        task === 'classification'
          ? 'does not list two or more class names under "classes"'
          : 'does not list under "classes" what its answers are of',
      );
    if (targets !== undefined && !areNames(targets, 1)) throw wrong('does not list column names under "targets"');
    if (!isPreprocessing(preprocessing))
      throw wrong('does not say under "preprocessing" how images are fed to the model');
    if (modelSha256 !== undefined && typeof modelSha256 !== 'string')
      throw wrong('has a "modelSha256" that is no text');
    parseWantedPlugins(value!.plugins, `"${join(this.path, 'summary.json')}"`);
    return value as Summary;
  }

  /** @throws where it is not the file that the run wrote */
  async model({ modelSha256 }: Summary): Promise<Uint8Array> {
    const bytes = await this.#read('model.onnx');
    if (modelSha256 !== undefined && sha256(bytes) !== modelSha256)
      throw new Error(
        `"${join(this.path, 'model.onnx')}" is damaged, or not the file of this run: its SHA-256 is not the one in summary.json. Copy the run again, or train anew.`,
      );
    return bytes;
  }

  async #read(name: keyof typeof limits): Promise<Uint8Array> {
    const found = await stat(join(this.path, name)).catch(() => undefined); // reading says why
    // Reading a pipe may never end.
    if (found && !found.isFile()) throw new Error(`"${join(this.path, name)}" is not a file.`);
    if (found && found.size > limits[name])
      throw new Error(`"${join(this.path, name)}" has ${found.size} bytes, and ${limits[name]} at most are read.`);
    return this.storage.read(name);
  }
}

/** `runs/2026-01-31_12-00-00`, with a number where another run began in the same second. */
function newPath(): string {
  const path = join('runs', new Date().toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-'));
  for (let number = 1; ; number++) {
    const free = number === 1 ? path : `${path}_${number}`;
    if (!existsSync(free)) return free;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
