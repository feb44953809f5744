import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { kernelOption, type KernelName } from './kernel-option.ts';
import { type Size, sizeOption } from './size.ts';

/** Options of {@link resizeToFit}. */
export interface ResizeToFitOptions extends GeometricOptions {
  readonly size: Size;
  /** Fill of the bars next to the image; default black. */
  readonly fill?: Fill;
  /** Interpolation; default `bilinear`. */
  readonly kernel?: KernelName;
}

/** Scales an image to fit into a size, keeping its aspect ratio, and fills the remaining bars on both sides (letterbox). */
export const resizeToFit = (options: ResizeToFitOptions): GeometricTransform =>
  geometric(
    'resizeToFit',
    options,
    { size: sizeOption(), fill: fillOption, kernel: kernelOption },
    ({ size }, source) => {
      const factor = Math.min(size.width / source.width, size.height / source.height);
      const axis = (length: number, room: number): [step: number, offset: number] => {
        const scaled = Math.max(1, Math.round(length * factor));
        const step = length / scaled;
        return [step, Math.ceil((scaled - room) / 2) * step];
      };
      const [[stepX, left], [stepY, top]] = [axis(source.width, size.width), axis(source.height, size.height)];
      return { back: [stepX, 0, left, 0, stepY, top, 0, 0, 1], ...size };
    },
  );
