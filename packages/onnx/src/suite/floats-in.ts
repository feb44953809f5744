import { isFloat, type Tensor } from '@graft/tensor';
import { elementsOf, kindOf, optionalOf, presentIn, sequenceOf } from '../collections.ts';

export const holdsFloats = (x: Tensor | undefined): x is Tensor =>
  x !== undefined && kindOf(x) === 'tensor' && isFloat(x.dtype);

/** The float tensors in a value. */
export function floatsIn(value: Tensor | undefined): readonly Tensor[] {
  if (!value) return [];
  const kind = kindOf(value);
  if (kind === 'sequence') return elementsOf(value).flatMap(floatsIn);
  if (kind === 'optional') return floatsIn(presentIn(value));
  return holdsFloats(value) && value.size > 0 ? [value] : [];
}

/** Replaces the float tensors in a value. */
export function rebuilt(value: Tensor, replace: (one: Tensor) => Tensor): Tensor {
  const kind = kindOf(value);
  if (kind === 'sequence') return sequenceOf(elementsOf(value).map((one) => rebuilt(one, replace)));
  if (kind === 'optional') {
    const inside = presentIn(value);
    return optionalOf(inside && rebuilt(inside, replace));
  }
  return holdsFloats(value) && value.size > 0 ? replace(value) : value;
}
