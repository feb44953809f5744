import { Dropout, Flatten, Linear, type Module, Sequential } from '@graft/layers';
import { PoolFeatures } from './pool-features.ts';
import { Rescaling } from './rescaling.ts';

/** A head whose only trained layer is linear. */
export interface LinearParts {
  /** Layers before it, which pool features to vectors. */
  readonly pooling: readonly Module[];
  readonly linear: Linear;
  /** Conversion of standardised outputs to their original units. */
  readonly rescaling: Rescaling | undefined;
}

/** Divides a head into its parts if it consists of pooling, one linear layer with a bias and perhaps a {@link Rescaling}; otherwise undefined. Dropout does not change what is fitted. */
export function linearParts(head: Module): LinearParts | undefined {
  const layers = flattened(head).filter((layer) => !(layer instanceof Dropout));
  const rescaling = layers.at(-1) instanceof Rescaling ? (layers.pop() as Rescaling) : undefined;
  const linear = layers.pop();
  if (!(linear instanceof Linear) || linear.constructor !== Linear || !linear.bias) return undefined;
  if (!layers.every((layer) => layer instanceof PoolFeatures || layer instanceof Flatten)) return undefined;
  return { pooling: layers, linear, rescaling };
}

const flattened = (module: Module): Module[] =>
  module instanceof Sequential ? (module.layers as readonly Module[]).flatMap(flattened) : [module];
