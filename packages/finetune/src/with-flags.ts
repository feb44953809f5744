/**
 * Writes the flag of the command where a message names an option that has one: `Set the option followLinks.` becomes `Set --follow-links.`
 * @param flags the flag of each option
 */
export const withFlags = (message: string, flags: ReadonlyMap<string, string>): string =>
  message.replaceAll(
    /\bthe option (?:"([A-Za-z]+)"|([A-Za-z]+))/gi,
    (all, quoted: string | undefined, plain: string | undefined) => flags.get((quoted ?? plain)!) ?? all,
  );
