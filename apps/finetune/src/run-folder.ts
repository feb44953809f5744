import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rmdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '@graft/tensor';
import { fileStorage } from '@graft/tensor/node';
import type { Preprocessing } from '@graft/zoo';
import { isPreprocessing } from './preprocessing.ts';
import { megabytes } from './quantities.ts';

/** What a run says of itself in `summary.json`. */
export interface Summary {
  readonly model: string;
  readonly classes: readonly string[];
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly epochs: number;
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
  readonly [more: string]: unknown;
}

/** What a run writes, the summary last: a folder that has one is whole. */
const names = ['model.onnx', 'checkpoint', 'predictions.png', 'report.html', 'labels.txt', 'summary.json'] as const;

/** Bytes of the largest summary and the largest model that are read. */
const limits = { 'summary.json': 2 ** 24, 'model.onnx': 2 ** 31 };

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
   * Does some work that ends in {@link RunFolder.finish}. Where it fails, what it wrote is removed again.
   * @throws before the work begins where the folder holds a run already, or cannot be written
   */
  static async fill<T>(path: string | undefined, work: (run: RunFolder) => Promise<T>): Promise<T> {
    const run = new RunFolder(path ?? newPath());
    const existed = existsSync(run.path);
    for (const name of names) if (await run.storage.exists(name)) throw new Error(`"${run.path}" holds a run already (${name}). Give another --out, or remove it.`);
    await run.storage.write('.writable', new Uint8Array());
    await run.storage.remove('.writable');
    try {
      return await work(run);
    } catch (error) {
      // The first error is the one to tell.
      for (const name of names) await run.storage.remove(name).catch(() => {});
      if (!existed) await rmdir(run.path).catch(() => {});
      throw error;
    }
  }

  static open(path: string): RunFolder {
    return new RunFolder(path);
  }

  /** @throws where the disk has no room for so many bytes, so that a run ends before it has trained */
  async wantSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    if (bavail * bsize < bytes) throw new Error(`A run wants about ${megabytes(bytes)} in "${this.path}", and its disk has ${megabytes(bavail * bsize)} left. Free some space, or give an --out on another disk.`);
  }

  async write(name: (typeof names)[number], content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    if (name === 'model.onnx') this.#modelSha256 = sha256(bytes);
    await this.storage.write(name, bytes);
  }

  async finish(summary: Summary): Promise<void> {
    await this.write('labels.txt', `${summary.classes.join('\n')}\n`);
    await this.write('summary.json', `${JSON.stringify({ ...summary, modelSha256: this.#modelSha256 }, null, 2)}\n`);
  }

  /** @throws where there is no summary, or a broken one: the folder may come from anybody */
  async summary(): Promise<Summary> {
    let value: Partial<Summary> | null;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await this.#read('summary.json'))) as Partial<Summary> | null;
    } catch (error) {
      const reason = error instanceof SyntaxError || error instanceof TypeError ? 'its summary.json is not JSON' : (error as Error).message.replace(/\.$/, '');
      throw new Error(`"${this.path}" is not a finished run: ${reason}. Give a folder that graft finetune or graft demo wrote.`, { cause: error });
    }
    const { classes, preprocessing, modelSha256 } = value ?? {};
    const wrong = (what: string): Error => new Error(`"${join(this.path, 'summary.json')}" ${what}. Give a folder that graft finetune or graft demo wrote.`);
    if (!Array.isArray(classes) || classes.length < 2 || !classes.every((name) => typeof name === 'string' && isClassName(name))) throw wrong('does not list two or more class names under "classes"');
    if (!isPreprocessing(preprocessing)) throw wrong('does not say under "preprocessing" how images are fed to the model');
    if (modelSha256 !== undefined && typeof modelSha256 !== 'string') throw wrong('has a "modelSha256" that is no text');
    return value as Summary;
  }

  /** @throws where it is not the file that the run wrote */
  async model({ modelSha256 }: Summary): Promise<Uint8Array> {
    const bytes = await this.#read('model.onnx');
    if (modelSha256 !== undefined && sha256(bytes) !== modelSha256)
      throw new Error(`"${join(this.path, 'model.onnx')}" is damaged, or not the file of this run: its SHA-256 is not the one in summary.json. Copy the run again, or train anew.`);
    return bytes;
  }

  async #read(name: keyof typeof limits): Promise<Uint8Array> {
    const found = await stat(join(this.path, name)).catch(() => undefined); // reading says why
    // Reading a pipe may never end.
    if (found && !found.isFile()) throw new Error(`"${join(this.path, name)}" is not a file.`);
    if (found && found.size > limits[name]) throw new Error(`"${join(this.path, name)}" has ${found.size} bytes, and ${limits[name]} at most are read.`);
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

/** Names are printed on terminals and written a line each. */
export const isClassName = (name: string): boolean => name.length > 0 && !/\p{Cc}/u.test(name);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
