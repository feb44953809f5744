// @ts-check
import { readFileSync } from 'node:fs';

/** Twice what a case may take: enough to report it, too little to exhaust the machine. */
const most = 2 ** 31;

/** Kills a process that takes too much memory, where Linux tells. Clear the interval when it ends. @param {import('node:child_process').ChildProcess} child */
export const killBeyondMemory = (child) =>
  setInterval(() => {
    try {
      const pages = Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]);
      if (pages * 4096 > most) child.kill('SIGKILL');
    } catch {
      // not Linux, or the process has ended
    }
  }, 20);
