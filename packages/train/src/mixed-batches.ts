import { type Batch, isNamed, type NamedBatch } from '@graft/data';
import { type Random, showShape, type Tensor, tensor } from '@graft/tensor';
import { type Prepare, prepareBatch } from './prepare.ts';

/** Options of {@link mixup} and {@link cutmix}. */
export interface MixOptions {
  /** Number of classes: targets become class probabilities. */
  readonly classes: number;
  /** Both parameters of the beta distribution from which the mixing proportion is drawn; default 0.2 for mixup, 1 for cutmix. */
  readonly alpha?: number;
  /** Fraction of batches that are mixed; default 1. */
  readonly probability?: number;
}

/** Blends each sample of a training batch and its class with the previous sample (Zhang et al. 2018), as torchvision's `MixUp`. Pass it to `fit` as `prepare`; validation data is not mixed. */
export const mixup = ({ alpha = 0.2, ...options }: MixOptions): Prepare<Batch, Tensor> =>
  mixed('mixup', { alpha, ...options }, ({ inputs }, size, share) => {
    const before = rolled(inputs, size);
    return { inputs: Float32Array.from(inputs, (value, i) => share * value + (1 - share) * before[i]!), share };
  });

/** Pastes a random box of the previous image into each image of a training batch and mixes their classes by area (Yun et al. 2019), as torchvision's `CutMix`. Inputs [batch, channels, height, width], or with the channels last if the batch says so. Pass it to `fit` as `prepare`; validation data is not mixed. */
export const cutmix = ({ alpha = 1, ...options }: MixOptions): Prepare<Batch, Tensor> =>
  mixed('cutmix', { alpha, ...options }, ({ inputs, shape, layout }, size, share, random) => {
    if (shape.length !== 4)
      throw new Error(
        `cutmix expects images [batch, channels, height, width], got ${showShape(shape)}. Use mixup for other inputs.`,
      );
    // A place has one value in each plane, or all channels if they are last.
    const [height, width, unit] = layout === 'nhwc' ? [shape[1]!, shape[2]!, shape[3]!] : [shape[2]!, shape[3]!, 1];
    const [x, y, half] = [random.int(width), random.int(height), Math.sqrt(1 - share) / 2];
    const [left, right] = [Math.max(0, Math.trunc(x - half * width)), Math.min(width, Math.trunc(x + half * width))];
    const [top, bottom] = [Math.max(0, Math.trunc(y - half * height)), Math.min(height, Math.trunc(y + half * height))];
    const [before, out] = [rolled(inputs, size), inputs.slice()];
    for (let plane = 0; plane < inputs.length; plane += height * width * unit)
      for (let row = top; row < bottom; row++) {
        const [start, end] = [left, Math.max(left, right)].map((column) => plane + (row * width + column) * unit);
        out.set(before.subarray(start, end), start);
      }
    return { inputs: out, share: 1 - (Math.max(0, right - left) * Math.max(0, bottom - top)) / (width * height) };
  });

/** Samples shifted by one, with the last one first. */
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
    throw new Error(`${name} expects "classes" to be an integer of 2 or more, got ${classes}.`);
  if (!(alpha > 0 && alpha < Infinity)) throw new Error(`${name} expects an alpha above 0, got ${alpha}.`);
  if (!(probability >= 0 && probability <= 1))
    throw new Error(`${name} expects a probability from 0 to 1, got ${probability}.`);
  return (batch, backend, random) => {
    if (isNamed(batch))
      throw new Error(
        `${name} expects a single input, but the batch has named inputs: ${Object.keys((batch as NamedBatch).inputs).join(', ')}. Remove ${name}.`,
      );
    const { shape, labels } = batch;
    if (!random || !labels.length) return prepareBatch(batch, backend);
    if (batch.labelShape)
      throw new Error(
        `${name} expects class labels, but the batch has numeric targets ${showShape(batch.labelShape)}. Remove ${name}.`,
      );
    const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
    if (wrong >= 0)
      throw new Error(
        `Sample ${wrong} of the batch has class ${labels[wrong]}, but ${name} was created for ${classes} classes (0 to ${classes - 1}).`,
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
