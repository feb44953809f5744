// Control characters, and characters that end lines or reorder text.
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text for an error message that repeats part of a file: control characters are escaped, and a long text is cut off.
 * @param longest maximum number of characters before the cut, and after escaping; default 200
 */
export function oneLine(text: string, longest = 200): string {
  const escaped = text
    .slice(0, longest + 1)
    .replace(control, (character) => short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length > longest ? `${escaped.slice(0, longest)}…` : escaped;
}
