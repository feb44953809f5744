/** Escapes untrusted text for a line of Markdown: it cannot add markup, links, table cells or line breaks, or change the text direction. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|<>~&$:@]/g, String.raw`\$&`)
    .replace(/www\./gi, (start) => start.replace('.', String.raw`\.`));

/** A fenced code block. The fence is longer than any run of backticks in the code. */
export function codeBlock(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

/** A Markdown table. Cells are escaped, the head is not. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((cells) => cells.map(escapeMarkdown))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
