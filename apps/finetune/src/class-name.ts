/** Whether a text may be a class's name: names are printed on terminals and written a line each. */
export const isClassName = (name: string): boolean => name.length > 0 && !/\p{Cc}/u.test(name);
