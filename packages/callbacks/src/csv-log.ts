import type { Callback } from '@graft/train';
import { logFile, type LogFileOptions } from './log-file.ts';

/** Writes each epoch's numbers as a row of comma-separated values, below a row of their names. */
export const csvLog = ({ storage, file = 'log.csv' }: LogFileOptions): Callback =>
  logFile('csvLog', { storage, file }, (log) => {
    const names = [...new Set(log.flatMap(Object.keys))];
    return [names.map(quoted), ...log.map((row) => names.map((name) => row[name] ?? ''))]
      .map((cells) => `${cells.join(',')}\n`)
      .join('');
  });

/** A field as RFC 4180 has it. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
