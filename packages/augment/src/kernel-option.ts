import { choiceOption, type OptionReader } from '@graft/data';
import type { Kernel } from './resample.ts';

/** Interpolation for scaling, as in Pillow. */
export type KernelName = Kernel['name'];

/** Reads a {@link KernelName}; default bilinear. */
export const kernelOption: OptionReader<Kernel> = (value) => ({
  name: choiceOption(['nearest', 'bilinear', 'bicubic', 'lanczos'] as const, 'bilinear')(value),
  antialias: true,
});
