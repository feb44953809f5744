import type { Storage } from '@graft/tensor';
import { fileStorage } from '@graft/tensor/node';
import type { Preprocessing } from '@graft/zoo';
import { join } from 'node:path';

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
  readonly [more: string]: unknown;
}

/** The folder of one run. Files are written whole or not at all. */
export class RunFolder {
  readonly path: string;
  readonly storage: Storage;

  private constructor(path: string) {
    this.path = path;
    this.storage = fileStorage(path);
  }

  /**
   * A folder for a new run; fails before anything is trained where it cannot be written.
   * @throws where it holds a run already, or cannot be written
   */
  static async create(path = join('runs', new Date().toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-'))): Promise<RunFolder> {
    const folder = new RunFolder(path);
    if (await folder.storage.exists('summary.json')) throw new Error(`"${path}" holds a run already. Give another --out, or remove it.`);
    await folder.storage.write('labels.txt', new Uint8Array());
    return folder;
  }

  static open(path: string): RunFolder {
    return new RunFolder(path);
  }

  async write(name: string, content: Uint8Array | string): Promise<void> {
    await this.storage.write(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }

  /** The summary comes last: a folder that has one is whole. */
  async finish(summary: Summary): Promise<void> {
    await this.write('labels.txt', `${summary.classes.join('\n')}\n`);
    await this.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  }

  /** @throws where there is no summary, or a broken one */
  async summary(): Promise<Summary> {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(await this.storage.read('summary.json')));
    } catch (error) {
      throw new Error(`"${this.path}" is not a finished run: its summary.json cannot be read (${(error as Error).message}). Give a folder that graft finetune wrote.`, { cause: error });
    }
    const { classes, preprocessing } = (value ?? {}) as Partial<Summary>;
    if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string') || !isPreprocessing(preprocessing))
      throw new Error(`"${this.path}/summary.json" does not name classes and preprocessing. Give a folder that graft finetune wrote.`);
    return value as Summary;
  }
}

function isPreprocessing(value: unknown): value is Preprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, channels, mean, std, order } = value as Partial<Preprocessing>;
  const isSide = (side: unknown): boolean => Number.isInteger(side) && (side as number) >= 1 && (side as number) <= 8192;
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'number' && Number.isFinite(one));
  return isSide(width) && isSide(height) && (channels === 1 || channels === 3) && isList(mean) && isList(std) && (order === 'rgb' || order === 'bgr');
}
