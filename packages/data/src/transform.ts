import type { Random } from '@graft/tensor';
import type { Labelled } from './labelled.ts';

/**
 * A step of a sample's way into a batch. What it draws, it draws from `random` alone: the same sample and the same
 * stream give the same bytes.
 */
export type Transform<In, Out = In> = (sample: In, random: Random) => Out | Promise<Out>;

/** One transform after another. Each draws from a stream of its own, so that one's draws do not depend on another's. */
export function compose<T>(...transforms: readonly Transform<T>[]): Transform<T> {
  return (sample, random) =>
    transforms.reduce<T | Promise<T>>((value, transform, i) => {
      const stream = random.fork(i);
      return value instanceof Promise ? value.then((ready) => transform(ready, stream)) : transform(value, stream);
    }, sample);
}

/** The transform, applied to a labelled sample's input. */
export function onInput<In, Out, Label = number>(
  transform: Transform<In, Out>,
): Transform<Labelled<In, Label>, Labelled<Out, Label>> {
  return (sample, random) => {
    const input = transform(sample.input, random);
    return input instanceof Promise ? input.then((value) => ({ ...sample, input: value })) : { ...sample, input };
  };
}
