// @ts-check
// Reads the inputs of library cases one after another, with at most 1 GiB; the main process may kill it at any time.
import { readFileSync, writeFileSync } from 'node:fs';
import { families } from './families.mjs';
import { readCase } from './read-case.mjs';

process.on(
  'message',
  async (/** @type {{ family: string, index: number, folder: string }} */ { family, index, folder }) => {
    const one = families[family]?.[index];
    if (!one) throw new Error(`There is no case ${index} of ${family}.`);
    restartPeak();
    const ended = await readCase(one, folder);
    process.send?.({ ...ended, peak: peak(), resting: process.memoryUsage.rss() });
  },
);
process.on('disconnect', () => process.exit());
process.send?.('ready');

/** Linux counts the most memory since this was written. */
function restartPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // not Linux
  }
}

function peak() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  } catch {
    return process.memoryUsage.rss();
  }
}
