import { didYouMean } from './nearest.ts';

/** @throws if an option is unknown; the error lists all options and the nearest spelling */
export function checkOptionNames(owner: string, options: object, names: readonly string[]): void {
  for (const given of Object.keys(options))
    if (!names.includes(given))
      throw new Error(
        `${owner} has no option "${given}".${didYouMean(given, names)} Options: ${names.join(', ') || 'none'}.`,
      );
}
