import { describePlugin } from '@graft/plugin/testing';
import { describeTransform } from '@graft/data/testing';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import augment, {
  affine,
  augMix,
  autocontrast,
  centerCrop,
  colorJitter,
  elastic,
  equalize,
  gaussianBlur,
  gaussianNoise,
  grayscale,
  horizontalFlip,
  invert,
  normalize,
  pad,
  perspective,
  posterize,
  randAugment,
  randomCrop,
  randomErasing,
  randomResizedCrop,
  resize,
  resizeToFit,
  rotate,
  sharpness,
  shear,
  solarize,
  translate,
  trivialAugment,
  verticalFlip,
  zoom,
} from './index.ts';

describePlugin(augment, {
  options: {
    centerCrop: { size: 8 },
    gaussianBlur: { sigma: [0.5, 1] },
    normalize: { mean: [0.5], std: [0.5] },
    pad: { padding: 1 },
    posterize: { bits: 4 },
    randomCrop: { size: 8 },
    randomResizedCrop: { size: 8 },
    resize: { size: 8 },
    resizeToFit: { size: 8 },
    rotate: { degrees: 10 },
    sharpness: { sharpness: 0.5 },
    shear: { x: 10 },
    translate: { translate: 0.1 },
    zoom: { scale: 0.1 },
  },
});

const fixed = { random: false } as const;
const bytesOnly = { noFloats: 'its operations are defined for bytes only' } as const;
describeTransform('affine', () => affine({ degrees: 20, translate: 0.1, scale: 0.2, shear: 5 }));
describeTransform('augMix', () => augMix(), bytesOnly);
describeTransform('autocontrast', () => autocontrast());
describeTransform('centerCrop', () => centerCrop({ size: 12 }), fixed);
describeTransform('colorJitter', () => colorJitter({ brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1 }));
describeTransform('elastic', () => elastic());
describeTransform('equalize', () => equalize());
describeTransform('gaussianBlur', () => gaussianBlur({ sigma: [0.3, 2] }));
describeTransform('gaussianNoise', () => gaussianNoise());
describeTransform('grayscale', () => grayscale(), fixed);
describeTransform('horizontalFlip', () => horizontalFlip());
describeTransform('invert', () => invert(), fixed);
describeTransform('pad', () => pad({ padding: 3 }), fixed);
describeTransform('perspective', () => perspective({ probability: 1 }));
describeTransform('posterize', () => posterize({ bits: 3 }));
describeTransform('randAugment', () => randAugment(), bytesOnly);
describeTransform('randomCrop', () => randomCrop({ size: 12 }));
describeTransform('randomErasing', () => randomErasing({ probability: 1 }));
describeTransform('randomResizedCrop', () => randomResizedCrop({ size: 12 }));
describeTransform('resize', () => resize({ size: 12 }), fixed);
describeTransform('resizeToFit', () => resizeToFit({ size: 12 }), fixed);
describeTransform('rotate', () => rotate({ degrees: 30 }));
describeTransform('sharpness', () => sharpness({ sharpness: 0.8 }));
describeTransform('shear', () => shear({ x: 15, y: 5 }));
describeTransform('solarize', () => solarize({ threshold: 100 }));
describeTransform('translate', () => translate({ translate: 0.2 }));
describeTransform('trivialAugment', () => trivialAugment(), bytesOnly);
describeTransform('verticalFlip', () => verticalFlip());
describeTransform('zoom', () => zoom({ scale: 0.3 }));
test('normalize rejects a file that is not decoded', () =>
  expect(() => normalize({ mean: [0.5], std: [0.5] })('a.jpg' as never, new Random(0))).toThrow(
    'normalize expects a decoded image, got the path "a.jpg".',
  ));
