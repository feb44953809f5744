import { imageDecoder, transform } from '@graft/data';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { affine } from './affine.ts';
import { augMix } from './aug-mix.ts';
import { autocontrast } from './autocontrast.ts';
import { browserDecoder } from './browser-decoder.ts';
import { centerCrop } from './center-crop.ts';
import { colorJitter } from './color-jitter.ts';
import { elastic } from './elastic.ts';
import { equalize } from './equalize.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { gaussianNoise } from './gaussian-noise.ts';
import { grayscale } from './grayscale.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { invert } from './invert.ts';
import { normalize } from './normalize.ts';
import { pad } from './pad.ts';
import { perspective } from './perspective.ts';
import { posterize } from './posterize.ts';
import { randAugment } from './rand-augment.ts';
import { randomCrop } from './random-crop.ts';
import { randomErasing } from './random-erasing.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { resize } from './resize.ts';
import { resizeToFit } from './resize-to-fit.ts';
import { rotate } from './rotate.ts';
import { sharpness } from './sharpness.ts';
import { shear } from './shear.ts';
import { solarize } from './solarize.ts';
import { translate } from './translate.ts';
import { trivialAugment } from './trivial-augment.ts';
import { verticalFlip } from './vertical-flip.ts';
import { zoom } from './zoom.ts';

/** Everything `@graft/augment` contributes to an app. */
const augment: Plugin = definePlugin({
  name: '@graft/augment',
  apiVersion,
  contributes: [
    imageDecoder(browserDecoder),
    transform({ name: 'affine', create: affine }),
    transform({ name: 'augMix', create: augMix }),
    transform({ name: 'autocontrast', create: autocontrast }),
    transform({ name: 'centerCrop', create: centerCrop }),
    transform({ name: 'colorJitter', create: colorJitter }),
    transform({ name: 'elastic', create: elastic }),
    transform({ name: 'equalize', create: equalize }),
    transform({ name: 'gaussianBlur', create: gaussianBlur }),
    transform({ name: 'gaussianNoise', create: gaussianNoise }),
    transform({ name: 'grayscale', create: grayscale }),
    transform({ name: 'horizontalFlip', create: horizontalFlip }),
    transform({ name: 'invert', create: invert }),
    transform({ name: 'normalize', create: normalize }),
    transform({ name: 'pad', create: pad }),
    transform({ name: 'perspective', create: perspective }),
    transform({ name: 'posterize', create: posterize }),
    transform({ name: 'randAugment', create: randAugment }),
    transform({ name: 'randomCrop', create: randomCrop }),
    transform({ name: 'randomErasing', create: randomErasing }),
    transform({ name: 'randomResizedCrop', create: randomResizedCrop }),
    transform({ name: 'resize', create: resize }),
    transform({ name: 'resizeToFit', create: resizeToFit }),
    transform({ name: 'rotate', create: rotate }),
    transform({ name: 'sharpness', create: sharpness }),
    transform({ name: 'shear', create: shear }),
    transform({ name: 'solarize', create: solarize }),
    transform({ name: 'translate', create: translate }),
    transform({ name: 'trivialAugment', create: trivialAugment }),
    transform({ name: 'verticalFlip', create: verticalFlip }),
    transform({ name: 'zoom', create: zoom }),
  ],
});
export default augment;
