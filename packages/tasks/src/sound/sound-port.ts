import type { OnnxFile } from '@graft/onnx';
import { WrongModality } from '../wrong-modality.ts';

/** The input of a network that takes a wave: [batch, samples] or [batch, 1, samples]. */
export interface WavePort {
  readonly kind: 'wave';
  readonly name: string;
  readonly isNested: boolean;
  /** Number of samples, if the file fixes it. */
  readonly samples: number | undefined;
}

/** The input of a network that takes a spectrogram. */
export interface MapPort {
  readonly kind: 'map';
  readonly name: string;
  /** Number of channels, and their axis; undefined if the input has none. */
  readonly channels: { readonly axis: 1 | 3; readonly count: 1 | 3 } | undefined;
  /** The two other dimensions, in order. */
  readonly dims: readonly [Size, Size];
}

type Size = number | undefined;

/** A network's input for sounds. */
export type SoundPort = WavePort | MapPort;

/** The fewest samples of a wave: a tenth of a second at 16,000 samples per second. Shorter inputs are vectors of features. */
const leastSamples = 1600;

/**
 * Reads from an ONNX file how it takes sounds: as waves, or as maps of two dimensions that may be spectrograms.
 * @throws `WrongModality` if it takes something else
 */
export function soundPort({ inputs, name: file }: OnnxFile): SoundPort {
  const [input, other] = inputs;
  const refuse = (why: string): never => {
    throw new WrongModality(
      `"${file}" ${why}. A network of sounds takes a wave [batch, samples], or a mel spectrogram [batch, bands, frames].`,
    );
  };
  if (!input) return refuse('has no inputs');
  if (other) return refuse(`has the inputs ${inputs.map(({ name }) => `"${name}"`).join(', ')}`);
  const { name, dtype, shape } = input;
  if (!/^b?float(16|32)$/.test(dtype)) return refuse(`takes ${dtype} values in its input "${name}"`);
  const dims = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : undefined));
  const taken = `takes ${shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : 'values of any shape'} in its input "${name}"`;
  if (dims.length === 2 || (dims.length === 3 && dims[1] === 1)) {
    const samples = dims.at(-1);
    return samples === undefined || samples >= leastSamples
      ? { kind: 'wave', name, isNested: dims.length === 3, samples }
      : refuse(taken);
  }
  if (dims.length === 3) return { kind: 'map', name, channels: undefined, dims: [dims[1], dims[2]] };
  if (dims.length !== 4) return refuse(taken);
  const axis = isChannels(dims[1]) ? 1 : isChannels(dims[3]) ? 3 : undefined;
  if (axis === undefined) return refuse(taken);
  return {
    kind: 'map',
    name,
    channels: { axis, count: dims[axis] as 1 | 3 },
    dims: axis === 1 ? [dims[2], dims[3]] : [dims[1], dims[2]],
  };
}

const isChannels = (size: Size): boolean => size === 1 || size === 3;
