/** Quotes a command-line argument if necessary: with single quotes for POSIX shells, with double quotes for cmd.exe and PowerShell. */
export function shellWord(text: string, platform: string = platformName()): string {
  if (platform === 'win32') return /^[\w.:\\@+=,/-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Node's platform; browsers have no shell, so POSIX quotes are as good as any. */
const platformName = (): string => (globalThis as { process?: { platform?: string } }).process?.platform ?? 'posix';
