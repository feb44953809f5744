/** A text from a stranger as it stands in a line of Markdown: none of it is markup, a link, a cell's end or another line, and none of it turns the direction of writing. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|<>~&$:@]/g, String.raw`\$&`)
    .replace(/www\./gi, (start) => start.replace('.', String.raw`\.`));

/** Lines as they are, between fences that are longer than any in them. */
export function codeBlock(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

/** A table of texts, escaped. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((cells) => cells.map(escapeMarkdown))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
