/** Whether a text is a valid name. Names are printed on terminals and written one per line, so control characters are not allowed. */
export const isName = (name: string): boolean => name.length > 0 && !/\p{Cc}/u.test(name);
