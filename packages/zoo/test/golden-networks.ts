import type { HostArray, Shape } from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { randomWeight } from '../../../tools/testing/random-weight.ts';

/** A network of another library with weights and an image from a formula. */
export interface GoldenNetwork {
  readonly library: 'torchvision' | 'timm' | 'transformers';
  readonly architecture: string;
  /** Make the architecture as small as the network. */
  readonly options: object;
  /** Names and shapes of its weights. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Shape of the image. */
  readonly image: readonly number[];
  /** The largest output, and the first ones of each image. */
  readonly scale: number;
  readonly logits: readonly (readonly number[])[];
}

/** A BERT, and the first 6 features of the first 4 tokens. */
interface GoldenBert {
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly hidden: readonly (readonly (readonly number[])[])[];
}

const shapesOf = (compressed: string): ReadonlyMap<string, Shape> =>
  new Map(
    inflateSync(Buffer.from(compressed, 'base64'))
      .toString()
      .split('\n')
      .map((line) => {
        const [name, shape] = line.split(' ') as [string, string];
        return [name, shape.split(',').map(Number)];
      }),
  );

const read = JSON.parse(
  readFileSync(new URL('../src/architectures/checkpoints.golden.json', import.meta.url), 'utf8'),
) as {
  readonly networks: readonly (Omit<GoldenNetwork, 'shapes'> & { readonly shapes: string })[];
  readonly bert: Omit<GoldenBert, 'shapes'> & { readonly shapes: string };
};

/** Networks of torchvision, timm and transformers, by tools/golden/checkpoints.py. */
export const goldenNetworks: readonly GoldenNetwork[] = read.networks.map(({ shapes, ...network }) => ({
  ...network,
  shapes: shapesOf(shapes),
}));
/** A BERT of transformers, by the same script. */
export const goldenBert: GoldenBert = { ...read.bert, shapes: shapesOf(read.bert.shapes) };

/** The weights that the script uses. */
export const weightsOf = ({ shapes }: { readonly shapes: ReadonlyMap<string, Shape> }): Map<string, HostArray> =>
  new Map(
    [...shapes].map(([name, shape]) => [name, { dtype: 'float32' as const, shape, data: randomWeight(name, shape) }]),
  );

/** The network of a library. @throws if there is none */
export function goldenNetwork(library: GoldenNetwork['library'], architecture: string): GoldenNetwork {
  const found = goldenNetworks.find((one) => one.library === library && one.architecture === architecture);
  if (!found) throw new Error(`There is no golden ${architecture} of ${library}.`);
  return found;
}
