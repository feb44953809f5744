import type { Callback } from '@graft/train';
import { logFile, type LogFileOptions } from './log-file.ts';

/** Writes each epoch's numbers as a line of JSON; what is not a number is null. */
export const jsonLinesLog = ({ storage, file = 'log.jsonl' }: LogFileOptions): Callback =>
  logFile('jsonLinesLog', { storage, file }, (log) => log.map((row) => `${JSON.stringify(row)}\n`).join(''));
