import { geometric, type GeometricOptions, type GeometricTransform, stay } from './geometric.ts';
import { probabilityOption } from './probability.ts';

/** Options of {@link horizontalFlip} and {@link verticalFlip}. */
export interface FlipOptions extends GeometricOptions {
  /** Probability of flipping; default 0.5. */
  readonly probability?: number;
}

/** Flips an image left to right. */
export const horizontalFlip = (options: FlipOptions = {}): GeometricTransform =>
  geometric(
    'horizontalFlip',
    options,
    { probability: probabilityOption(0.5) },
    ({ probability }, { width, height }, random) =>
      random.next() < probability ? { back: [-1, 0, width, 0, 1, 0, 0, 0, 1], width, height } : stay({ width, height }),
  );
