import { numberOption, type OptionReader } from '@graft/data';

/** Reads the probability of applying a transform, from 0 to 1. */
export const probabilityOption = (fallback: number): OptionReader<number> => numberOption(fallback, { min: 0, max: 1 });
