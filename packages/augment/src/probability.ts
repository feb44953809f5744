import { numberOption, type OptionReader } from '@graft/data';

/** How often a transform is applied, from 0 to 1. */
export const probabilityOption = (fallback: number): OptionReader<number> => numberOption(fallback, { min: 0, max: 1 });
