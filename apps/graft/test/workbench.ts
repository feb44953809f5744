import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildModel, floats, noise, type ModelSketch } from '@graft/onnx/testing';
import { Random } from '@graft/tensor';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, vi } from 'vitest';
import { run } from '../src/program.ts';

/** A folder that is gone after the file's tests. */
export function workFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-app-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file with the folders on its way, and returns its path. */
export function put(content: Uint8Array | string, ...path: string[]): string {
  const file = join(...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Two convolutions, pooling and a classifier of its own: 16 features of images of any size, or of one. */
export const tinyBackbone = ({
  side = 'S',
  ...more
}: { side?: number | string } & Partial<ModelSketch> = {}): Uint8Array =>
  buildModel({
    inputs: { image: { shape: ['N', 3, side, side] } },
    outputs: ['scores'],
    constants: {
      'stem.weight': floats([8, 3, 3, 3], noise(1)),
      'body.weight': floats([16, 8, 3, 3], (i) => noise(2)(i) / 4),
      'fc.weight': floats([16, 5], noise(3)),
    },
    nodes: [
      ['Conv', ['image', 'stem.weight'], ['stem'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
      ['Relu', ['stem'], ['stemRelu']],
      ['Conv', ['stemRelu', 'body.weight'], ['body'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
      ['Relu', ['body'], ['bodyRelu']],
      ['GlobalAveragePool', ['bodyRelu'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
    ...more,
  });

const colours = { blue: [30, 60, 220], green: [40, 200, 60], red: [220, 50, 40] } as const;

/** A noisy image of a colour, as JPEG or PNG. */
export function colouredImage(
  name: keyof typeof colours,
  seed: number,
  format: 'jpg' | 'png',
  side = 24,
): Promise<Buffer> {
  const random = new Random(seed).fork(name);
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) =>
    Math.min(255, Math.max(0, colours[name][i % 3]! + 60 * (random.next() - 0.5))),
  );
  const image = sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
  return (format === 'jpg' ? image.jpeg() : image.png()).toBuffer();
}

/** A folder of images of three colours, a class each. */
export async function colourFolder(folder: string, perClass = 6): Promise<string> {
  for (const name of ['blue', 'green', 'red'] as const)
    for (let i = 0; i < perClass; i++) {
      const format = i % 2 ? 'png' : 'jpg';
      put(await colouredImage(name, i, format), folder, name, `${i}.${format}`);
    }
  return folder;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What stdout holds, as JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** Runs the command line in this process. */
export async function graft(args: readonly string[], signal?: AbortSignal): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const into =
    (list: string[]) =>
    (text: unknown): true => (list.push(String(text)), true);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((text: unknown) => void out.push(`${String(text)}\n`)),
    vi.spyOn(console, 'error').mockImplementation((text: unknown) => void err.push(`${String(text)}\n`)),
    vi.spyOn(process.stdout, 'write').mockImplementation(into(out)),
    vi.spyOn(process.stderr, 'write').mockImplementation(into(err)),
  ];
  try {
    const code = await run(args, signal);
    return { code, stdout: out.join(''), stderr: err.join(''), json: () => JSON.parse(out.join('')) as never };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** What onnxruntime makes of a batch. */
export async function runInOnnxruntime(
  model: Uint8Array,
  data: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const results = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', data, [...shape]) });
    return results[session.outputNames[0]!]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** The greatest difference as a share of the greatest value. */
export function relativeDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [difference, greatest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(got[i]! - wanted[i]!));
    greatest = Math.max(greatest, Math.abs(wanted[i]!));
  }
  return got.length === wanted.length ? difference / greatest : Number.NaN;
}
