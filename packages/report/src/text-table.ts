import { visible } from './visible.ts';

/** A table with aligned columns for a terminal. Columns of numbers are right-aligned, text is left-aligned. Control characters are written out. */
export function textTable(head: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map((cell) => visible(cell).replaceAll('\n', ' ')));
  const widths = head.map((title, i) => Math.max(...[title, ...rows.map((row) => row[i]!)].map((cell) => cell.length)));
  const isNumber = head.map((_, i) => i > 0 && rows.every((row) => /^[-–+]?\d|^[–-]?$/.test(row[i]!)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('   ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('───'), ...rows.map(line)].join('\n');
}

/** A CSV table (RFC 4180). Cells are quoted if necessary; there is no line break after the last row. A text that a spreadsheet would compute starts with an apostrophe. */
export const csv = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, ...rows]
    .map((row) =>
      row
        .map((cell) => (/^[=+\-@\t\r]/.test(cell) && !Number.isFinite(Number(cell)) ? `'${cell}` : cell))
        .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(','),
    )
    .join('\r\n');
