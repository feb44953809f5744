/** What stays of a name without case, spaces, invisible characters and the way its letters are encoded. */
const look = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Z}]/gu, '')
    .toLowerCase();
/** A name in quotes, whose invisible and combining characters can be seen. */
const shown = (name: string): string =>
  `"${name.replaceAll(/[\p{Cf}\p{M}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

/**
 * A warning about two names that look the same, such as `café` with one or two characters at its end; undefined if there are none.
 * @param noun what the names name, in the plural
 */
export function alikeNames(names: readonly string[], noun: string): string | undefined {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(look(name));
    if (other !== undefined)
      return `The ${noun} ${shown(other)} and ${shown(name)} differ only in case, spaces, or how their letters are encoded. Give them one name if they mean the same.`;
    seen.set(look(name), name);
  }
  return undefined;
}
