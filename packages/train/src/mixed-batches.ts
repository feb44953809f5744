import { type Batch, isNamed, type NamedBatch } from '@graft/data';
import { type Random, showShape, type Tensor, tensor } from '@graft/tensor';
import { type Prepare, prepareBatch } from './prepare.ts';

export interface MixOptions {
  /** How many classes there are: targets become probabilities of them. */
  readonly classes: number;
  /** Both shapes of the beta distribution that shares are drawn from. */
  readonly alpha?: number;
  /** Share of batches that are mixed; default 1. */
  readonly probability?: number;
}

/** Blends each sample of a training batch, and its class, with the one before it (Zhang et al. 2018), as torchvision's `MixUp`. Give it to `fit` as `prepare`; validation is left alone. */
export const mixup = ({ alpha = 0.2, ...options }: MixOptions): Prepare<Batch, Tensor> =>
  mixed('mixup', { alpha, ...options }, ({ inputs }, size, share) => {
    const before = rolled(inputs, size);
    return { inputs: Float32Array.from(inputs, (value, i) => share * value + (1 - share) * before[i]!), share };
  });

/** Puts a box of each image's predecessor in its place, and as much of its class (Yun et al. 2019), as torchvision's `CutMix`: inputs [batch, channels, height, width]. Give it to `fit` as `prepare`; validation is left alone. */
export const cutmix = ({ alpha = 1, ...options }: MixOptions): Prepare<Batch, Tensor> =>
  mixed('cutmix', { alpha, ...options }, ({ inputs, shape }, size, share, random) => {
    if (shape.length !== 4)
      throw new Error(
        `cutmix wants images [batch, channels, height, width], got ${showShape(shape)}. Take mixup for other inputs.`,
      );
    const [height, width] = [shape[2]!, shape[3]!];
    const [x, y, half] = [random.int(width), random.int(height), Math.sqrt(1 - share) / 2];
    const [left, right] = [Math.max(0, Math.trunc(x - half * width)), Math.min(width, Math.trunc(x + half * width))];
    const [top, bottom] = [Math.max(0, Math.trunc(y - half * height)), Math.min(height, Math.trunc(y + half * height))];
    const [before, out] = [rolled(inputs, size), inputs.slice()];
    for (let plane = 0; plane < inputs.length; plane += height * width)
      for (let row = top; row < bottom; row++)
        out.set(
          before.subarray(plane + row * width + left, plane + row * width + Math.max(left, right)),
          plane + row * width + left,
        );
    return { inputs: out, share: 1 - (Math.max(0, right - left) * Math.max(0, bottom - top)) / (width * height) };
  });

/** Samples moved on by one, the last one first. */
function rolled(inputs: Float32Array, size: number): Float32Array {
  const out = new Float32Array(inputs.length);
  out.set(inputs.subarray(0, inputs.length - size), size);
  out.set(inputs.subarray(inputs.length - size));
  return out;
}

function mixed(
  name: string,
  { classes, alpha = 1, probability = 1 }: MixOptions,
  mix: (batch: Batch, size: number, share: number, random: Random) => { inputs: Float32Array; share: number },
): Prepare<Batch, Tensor> {
  if (!(Number.isInteger(classes) && classes >= 2))
    throw new Error(`${name} wants a number of classes, 2 or more, got ${classes}.`);
  if (!(alpha > 0 && alpha < Infinity)) throw new Error(`${name} wants an alpha above 0, got ${alpha}.`);
  if (!(probability >= 0 && probability <= 1))
    throw new Error(`${name} wants a probability from 0 to 1, got ${probability}.`);
  return (batch, backend, random) => {
    if (isNamed(batch))
      throw new Error(
        `${name} blends one array of inputs, and the batch has named ones: ${Object.keys((batch as NamedBatch).inputs).join(', ')}. Leave ${name} out.`,
      );
    const { shape, labels } = batch;
    if (!random || !labels.length) return prepareBatch(batch, backend);
    if (batch.labelShape)
      throw new Error(
        `${name} blends classes, and the batch has numbers to predict ${showShape(batch.labelShape)}. Leave ${name} out.`,
      );
    const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
    if (wrong >= 0)
      throw new Error(
        `Sample ${wrong} of the batch has class ${labels[wrong]}, but ${name} was made for ${classes} classes (0 to ${classes - 1}).`,
      );
    const { inputs, share } =
      random.next() < probability
        ? mix(batch, batch.inputs.length / labels.length, random.beta(alpha, alpha), random)
        : { inputs: batch.inputs, share: 1 };
    const targets = new Float32Array(labels.length * classes);
    for (const [i, label] of labels.entries()) {
      targets[i * classes + label]! += share;
      targets[i * classes + labels.at(i - 1)!]! += 1 - share;
    }
    return {
      input: tensor(inputs, { shape, backend }),
      target: tensor(targets, { shape: [labels.length, classes], backend }),
    };
  };
}
