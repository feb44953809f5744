import type { Random } from '@graft/tensor';
import type { Labelled } from './labelled.ts';

/**
 * Transforms a sample before it is batched. Use only `random` for randomness: the same sample and the same
 * stream must give the same bytes.
 */
export type Transform<In, Out = In> = (sample: In, random: Random) => Out | Promise<Out>;

/** Applies transforms in order. Each has its own random stream, and is independent of the draws of others. */
export function compose<T>(...transforms: readonly Transform<T>[]): Transform<T> {
  return (sample, random) =>
    transforms.reduce<T | Promise<T>>((value, transform, i) => {
      const stream = random.fork(i);
      return value instanceof Promise ? value.then((ready) => transform(ready, stream)) : transform(value, stream);
    }, sample);
}

/** Applies a transform to the input of a labelled sample. */
export function onInput<In, Out, Label = number>(
  transform: Transform<In, Out>,
): Transform<Labelled<In, Label>, Labelled<Out, Label>> {
  return (sample, random) => {
    const input = transform(sample.input, random);
    return input instanceof Promise ? input.then((value) => ({ ...sample, input: value })) : { ...sample, input };
  };
}
