/** Rows as aligned columns for a terminal: numbers and what begins with one at the right, text at the left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(...[title, ...rows.map((row) => row[i]!)].map((cell) => cell.length)));
  const isNumber = head.map((_, i) => i > 0 && rows.every((row) => /^[-–+]?\d|^[–-]?$/.test(row[i]!)));
  const line = (cells: readonly string[]): string => cells.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('   ').trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('───'), ...rows.map(line)].join('\n');
}
