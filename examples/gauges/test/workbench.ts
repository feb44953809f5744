import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '@graft/cli';
import { buildModel, floats, type ModelSketch, noise } from '@graft/onnx/testing';
import { Random } from '@graft/tensor';
import { zipSync } from 'fflate';
import { afterAll, vi } from 'vitest';

/** Creates a temporary folder that is removed after the tests of the file. */
export function workFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-gauges-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file and its parent folders, and returns its path. */
export function put(content: Uint8Array | string, ...path: string[]): string {
  const file = join(...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** A network for curves of 32 steps: two 1-D convolutions, pooling to 24 features, and a classifier. */
export const tinyNetwork = (more: Partial<ModelSketch> = {}): Uint8Array =>
  buildModel({
    inputs: { curve: { shape: ['N', 1, 32] } },
    outputs: ['scores'],
    constants: {
      'stem.weight': floats([12, 1, 5], noise(1)),
      'body.weight': floats([24, 12, 3], (i) => noise(2)(i) / 3),
      'fc.weight': floats([24, 5], noise(3)),
    },
    nodes: [
      ['Conv', ['curve', 'stem.weight'], ['stem'], { strides: [2], pads: [2, 2] }],
      ['Relu', ['stem'], ['stemRelu']],
      ['Conv', ['stemRelu', 'body.weight'], ['body'], { pads: [1, 1] }],
      ['Relu', ['body'], ['bodyRelu']],
      ['GlobalAveragePool', ['bodyRelu'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
    ...more,
  });

/** Grades from the lowest to the highest, not in alphabetical order. */
export const grades = ['new', 'fair', 'worn', 'broken'] as const;

/** A synthetic curve: the worse the grade, the stronger the noise. */
export function curveText(grade: number, seed: number): string {
  const random = new Random(seed).fork('curve', grade);
  const [steps, phase] = [40 + random.int(20), 6 * random.next()];
  return Array.from({ length: steps }, (_, i) =>
    (Math.sin(phase + i / 6) + (0.1 + 0.45 * grade) * random.normal()).toFixed(3),
  ).join('\n');
}

/** A zip archive with one folder of curves per grade. */
export const curveZip = (perGrade: number, firstSeed = 0): Uint8Array =>
  zipSync(
    Object.fromEntries(
      grades.flatMap((name, grade) =>
        Array.from({ length: perGrade }, (_, i) => [
          `gauges/${name}/${i}.curve`,
          new TextEncoder().encode(curveText(grade, firstSeed + i)),
        ]),
      ),
    ),
  );

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the graft command in this process. */
export async function graft(...args: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const into =
    (list: string[], end = '') =>
    (text: unknown): true => (list.push(`${String(text)}${end}`), true);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(into(out, '\n')),
    vi.spyOn(console, 'error').mockImplementation(into(err, '\n')),
    vi.spyOn(process.stdout, 'write').mockImplementation(into(out)),
    vi.spyOn(process.stderr, 'write').mockImplementation(into(err)),
  ];
  try {
    const code = await run(args);
    return { code, stdout: out.join(''), stderr: err.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
