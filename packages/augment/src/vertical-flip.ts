import { geometric, type GeometricTransform, stay } from './geometric.ts';
import type { FlipOptions } from './horizontal-flip.ts';
import { probabilityOption } from './probability.ts';

/** Flips an image top to bottom. */
export const verticalFlip = (options: FlipOptions = {}): GeometricTransform =>
  geometric(
    'verticalFlip',
    options,
    { probability: probabilityOption(0.5) },
    ({ probability }, { width, height }, random) =>
      random.next() < probability
        ? { back: [1, 0, 0, 0, -1, height, 0, 0, 1], width, height }
        : stay({ width, height }),
  );
