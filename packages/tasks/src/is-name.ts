/** Whether a text can be a name: names are printed on terminals and written one per line. */
export const isName = (name: string): boolean => name.length > 0 && !/\p{Cc}/u.test(name);
