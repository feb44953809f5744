/** What operating systems and programs put into folders, in lower case. */
const clutter: ReadonlySet<string> = new Set([
  '__macosx',
  '@eadir',
  '#recycle',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  'thumbs.db',
  'desktop.ini',
]);

/** Whether a file or folder is hidden, or put there by an operating system or a program: neither an example nor a class. */
export const isClutter = (name: string): boolean => name.startsWith('.') || clutter.has(name.toLowerCase());
