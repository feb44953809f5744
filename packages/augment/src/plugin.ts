import { imageDecoder, transform } from '@graft/data';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { affine } from './affine.ts';
import { centerCrop } from './center-crop.ts';
import { colorJitter } from './color-jitter.ts';
import { grayscale } from './grayscale.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { invert } from './invert.ts';
import { normalize } from './normalize.ts';
import { pad } from './pad.ts';
import { randomCrop } from './random-crop.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { resize } from './resize.ts';
import { resizeToFit } from './resize-to-fit.ts';
import { rotate } from './rotate.ts';
import { sharpDecoder } from './sharp-decoder.ts';
import { verticalFlip } from './vertical-flip.ts';

/** What `@graft/augment` adds to an app. */
const augment: Plugin = definePlugin({
  name: '@graft/augment',
  apiVersion,
  contributes: [
    imageDecoder(sharpDecoder),
    transform({ name: 'affine', create: affine }),
    transform({ name: 'centerCrop', create: centerCrop }),
    transform({ name: 'colorJitter', create: colorJitter }),
    transform({ name: 'grayscale', create: grayscale }),
    transform({ name: 'horizontalFlip', create: horizontalFlip }),
    transform({ name: 'invert', create: invert }),
    transform({ name: 'normalize', create: normalize }),
    transform({ name: 'pad', create: pad }),
    transform({ name: 'randomCrop', create: randomCrop }),
    transform({ name: 'randomResizedCrop', create: randomResizedCrop }),
    transform({ name: 'resize', create: resize }),
    transform({ name: 'resizeToFit', create: resizeToFit }),
    transform({ name: 'rotate', create: rotate }),
    transform({ name: 'verticalFlip', create: verticalFlip }),
  ],
});
export default augment;
