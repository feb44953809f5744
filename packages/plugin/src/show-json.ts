/** Characters that are shown by default. */
const most = 100;

/** A value of a file or an option for a message: its JSON, shortened. */
export function showJson(value: unknown, length = most): string {
  const text = textOf(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value); // JSON has no NaN
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    return 'a value that is not JSON'; // with a cycle, or nested too deeply
  }
}
