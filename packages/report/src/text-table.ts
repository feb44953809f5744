import { visible } from './visible.ts';

/** Rows as aligned columns for a terminal: numbers and what begins with one at the right, text at the left. */
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

/** Rows as CSV (RFC 4180), quoted where a cell needs it; the last line has no end. A text that a spreadsheet would compute starts with an apostrophe. */
export const csv = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, ...rows]
    .map((row) =>
      row
        .map((cell) => (/^[=+\-@\t\r]/.test(cell) && !Number.isFinite(Number(cell)) ? `'${cell}` : cell))
        .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(','),
    )
    .join('\r\n');
