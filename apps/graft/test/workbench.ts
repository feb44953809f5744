import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Random } from '@graft/tensor';
import sharp from 'sharp';
import { vi } from 'vitest';
import { run } from '../src/program.ts';

export { smallNetwork as tinyBackbone } from '@graft/onnx/testing';
export { relativeDifference } from '../../../tools/testing/relative-difference.ts';
export { runInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
export { workFolder } from '../../../tools/testing/work-folder.ts';

/** Writes a file, with its folders, and returns its path. */
export function put(content: Uint8Array | string, ...path: string[]): string {
  const file = join(...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const colours = { blue: [30, 60, 220], green: [40, 200, 60], red: [220, 50, 40] } as const;

/** A noisy image in one colour, as JPEG or PNG. */
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

/** A folder with one class per colour. */
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
  /** Parses stdout as JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** Runs the command line in this process. See {@link run} for the parameters. */
export async function graft(args: readonly string[], signal?: AbortSignal, onTraining?: () => void): Promise<Ended> {
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
    const code = await run(args, signal, onTraining);
    return { code, stdout: out.join(''), stderr: err.join(''), json: () => JSON.parse(out.join('')) as never };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
