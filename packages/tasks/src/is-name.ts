/** Whether a text is a valid name. Names are printed on terminals and written one per line, so control characters are not allowed. */
export const isName = (name: string): boolean => name.length > 0 && !/\p{Cc}/u.test(name);

/** Whether a text is a valid name of a new class or column: also without separators of lines and characters that reorder text, which pages and cards show as something else. */
export const isPlainName = (name: string): boolean =>
  isName(name) && !/[\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(name);
