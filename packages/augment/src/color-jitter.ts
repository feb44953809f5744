import {
  blank,
  brightness as inScale,
  type Image,
  imageTransform,
  rangeOption,
  readOptions,
  type Transform,
} from '@graft/data';
import { checkColour, luma } from './luma.ts';
import type { Range } from './affine.ts';

/** Options of {@link colorJitter}. */
export interface ColorJitterOptions {
  /** Factor; one number means 1 ± that. Default 1. */
  readonly brightness?: Range;
  /** Factor; one number means 1 ± that. Default 1. */
  readonly contrast?: Range;
  /** Factor; one number means 1 ± that. Default 1. */
  readonly saturation?: Range;
  /** Shift of the hue in turns of the colour wheel, −0.5 to 0.5; one number means ± that. Default 0. */
  readonly hue?: Range;
}

/** Changes brightness, contrast, saturation and hue by random amounts and in random order (torchvision's `ColorJitter`, rounded once at the end). */
export function colorJitter(options: ColorJitterOptions = {}): Transform<Image> {
  const factor = rangeOption(0, { centre: 1, min: 0 });
  const ranges = readOptions('colorJitter', options, {
    brightness: factor,
    contrast: factor,
    saturation: factor,
    hue: rangeOption(0, { centre: 0, min: -0.5, max: 0.5 }),
  });
  return imageTransform('colorJitter', (image, random) => {
    checkColour('colorJitter', image);
    const order = random.shuffle<keyof ColorJitterOptions>(['brightness', 'contrast', 'saturation', 'hue']);
    const pixels = Float32Array.from(image.data);
    const white = inScale(image, 255);
    for (const name of order) {
      const amount = random.range(ranges[name][0], ranges[name][1]);
      if (amount !== (name === 'hue' ? 0 : 1)) adjust[name](pixels, image.channels, amount, white);
    }
    return rounded(image, pixels);
  });
}

/** Applies one adjustment by a fixed amount. */
export function adjusted(image: Image, name: keyof ColorJitterOptions, amount: number): Image {
  checkColour(name, image);
  const pixels = Float32Array.from(image.data);
  adjust[name](pixels, image.channels, amount, inScale(image, 255));
  return rounded(image, pixels);
}

function rounded(image: Image, pixels: Float32Array): Image {
  const data = blank(image, image.width, image.height);
  const rounding = data instanceof Uint8Array ? 0.5 : 0;
  for (let i = 0; i < data.length; i++) data[i] = pixels[i]! + rounding;
  return { ...image, data };
}

type Adjust = (pixels: Float32Array, channels: number, amount: number, white: number) => void;

/** As `adjust_*` in torchvision's `functional`; saturation and hue do nothing to grey images. */
const adjust: Record<keyof ColorJitterOptions, Adjust> = {
  brightness: (pixels, _channels, factor, white) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(pixels[i]! * factor, white);
  },
  contrast: (pixels, channels, factor, white) => {
    let sum = 0;
    for (let i = 0; i < pixels.length; i += channels)
      sum += channels === 3 ? luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!) : pixels[i]!;
    const grey = (sum * channels) / pixels.length;
    for (let i = 0; i < pixels.length; i++) pixels[i] = clamp(grey + (pixels[i]! - grey) * factor, white);
  },
  saturation: (pixels, channels, factor, white) => {
    for (let i = 0; channels === 3 && i < pixels.length; i += 3) {
      const grey = luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
      for (let c = i; c < i + 3; c++) pixels[c] = clamp(grey + (pixels[c]! - grey) * factor, white);
    }
  },
  hue: (pixels, channels, turns) => {
    for (let i = 0; channels === 3 && i < pixels.length; i += 3) turnHue(pixels, i, turns);
  },
};

const clamp = (value: number, white: number): number => Math.min(Math.max(value, 0), white);

/** Shifts the hue of one pixel, as in HSV. */
function turnHue(pixels: Float32Array, at: number, turns: number): void {
  const [red, green, blue] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
  const value = Math.max(red, green, blue);
  const chroma = value - Math.min(red, green, blue);
  if (chroma === 0) return;
  const sextant =
    value === red ? (green - blue) / chroma : value === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
  const hue = (((sextant + 6 * turns) % 6) + 6) % 6;
  // value − chroma · (distance of the hue from this channel's third of the wheel)
  const channel = (offset: number): number => {
    const k = (offset + hue) % 6;
    return value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
  };
  pixels[at] = channel(5);
  pixels[at + 1] = channel(3);
  pixels[at + 2] = channel(1);
}
