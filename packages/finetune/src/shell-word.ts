/** A word of a command line, whatever is in it: in single quotes for POSIX shells, in double quotes for cmd.exe and PowerShell. */
export function shellWord(text: string, platform: string = platformName()): string {
  if (platform === 'win32') return /^[\w.:\\@+=,/-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Of Node; a browser has no shell, and POSIX quotes do no harm there. */
const platformName = (): string => (globalThis as { process?: { platform?: string } }).process?.platform ?? 'posix';
