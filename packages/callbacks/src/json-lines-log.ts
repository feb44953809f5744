import type { Callback } from '@graft/train';
import { logFile, type LogFileOptions } from './log-file.ts';

/** Writes the log as JSON Lines, one object per epoch. NaN and infinity become null. */
export const jsonLinesLog = ({ storage, file = 'log.jsonl' }: LogFileOptions): Callback =>
  logFile('jsonLinesLog', { storage, file }, (log) => log.map((row) => `${JSON.stringify(row)}\n`).join(''));
