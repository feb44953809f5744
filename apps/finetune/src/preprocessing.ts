import { digits, imagenet, type Preset, wholeImage } from '@graft/augment';
import type { Preprocessing } from '@graft/zoo';
import type { TaskName } from './task/task.ts';

/**
 * How images are changed, resized and normalised for a network and a task. Networks that read text want no mirror images, and classes of it no colours; a number is of the
 * whole image, and another one of a part of it.
 */
export function presetFor(
  { height: size, mean, std, channels, order, polarity }: Preprocessing,
  task: TaskName = 'classification',
): Preset {
  const preset =
    task === 'regression' ? wholeImage({ size, mirror: !polarity }) : polarity ? digits({ size }) : imagenet({ size });
  const read = channels === 1 ? 1 : task === 'classification' ? preset.decode.channels : 3;
  return {
    ...preset,
    decode: { ...preset.decode, ...(read && { channels: read }) },
    normalization: { mean, std, channels, order },
  };
}

/** Whether something from a file says how images are fed to a network: squares of 1 or 3 channels. */
export function isPreprocessing(value: unknown): value is Preprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, channels, mean, std, order, polarity } = value as Partial<Preprocessing>;
  if (channels !== 1 && channels !== 3) return false;
  const isList = (list: unknown, above: number): boolean =>
    Array.isArray(list) &&
    (list.length === 1 || list.length === channels) &&
    list.every((one) => typeof one === 'number' && Number.isFinite(one) && one > above);
  return (
    Number.isInteger(height) &&
    height! >= 1 &&
    height! <= 8192 &&
    width === height &&
    isList(mean, -Infinity) &&
    isList(std, 0) &&
    (order === 'rgb' || order === 'bgr') &&
    (polarity === undefined || polarity === 'darkOnLight' || polarity === 'lightOnDark')
  );
}
