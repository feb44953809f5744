/** Names of options after "the option" or "the options": `the options mean and std`. */
const mention = /\bthe (option|options) ([A-Za-z]+(?:(?:, (?!or |and |to )| and | or )[A-Za-z]+)*)/gi;

/**
 * Writes the flag of the command where a message names an option that has one: `Set the option followLinks.` becomes `Set --follow-links.`
 * @param flags the flag of each option
 */
export const withFlags = (message: string, flags: ReadonlyMap<string, string>): string =>
  message.replaceAll(mention, (all, count: string, list: string) => {
    const [first] = list.split(/, | and | or /);
    const [named, rest] = /s$/i.test(count) ? [list, ''] : [first!, list.slice(first!.length)];
    const words = named.split(/(, | and | or )/);
    const written = words.map((word, i) => (i % 2 ? word : flags.get(word)));
    return written.includes(undefined) ? all : `${written.join('')}${rest}`;
  });
