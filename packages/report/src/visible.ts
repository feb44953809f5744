// C0 and C1 control characters except tab and ends of lines, and those that reorder or break text.
// oxlint-disable-next-line no-control-regex
const invisible =
  /\r(?!\n)|[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/**
 * A text for a terminal, with control characters written out as `\u001b`: names in files of strangers could move the cursor, hide lines or reverse their order. In
 * JSON the result means the same.
 */
export const visible = (text: string): string =>
  text.replace(invisible, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
