import type { Callback } from '@graft/train';
import { logFile, type LogFileOptions } from './log-file.ts';

/** Writes the log as a CSV file with a header and one row per epoch. */
export const csvLog = ({ storage, file = 'log.csv' }: LogFileOptions): Callback =>
  logFile('csvLog', { storage, file }, (log) => {
    const names = [...new Set(log.flatMap(Object.keys))];
    return [names.map(quoted), ...log.map((row) => names.map((name) => row[name] ?? ''))]
      .map((cells) => `${cells.join(',')}\n`)
      .join('');
  });

/** Quotes a field as specified in RFC 4180. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
