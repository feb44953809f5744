import { didYouMean } from './nearest.ts';

/** @throws where an option is unknown, with the nearest there is and all there are */
export function checkOptionNames(owner: string, options: object, names: readonly string[]): void {
  for (const given of Object.keys(options))
    if (!names.includes(given))
      throw new Error(
        `${owner} has no option "${given}".${didYouMean(given, names)} It takes: ${names.join(', ') || 'none'}.`,
      );
}
