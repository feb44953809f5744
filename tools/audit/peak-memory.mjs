// @ts-check
// Loaded before the command: tells the parent on descriptor 3 that the command starts, when it handles Ctrl+C itself, and at its end how much memory and how many bytes of files it used.
import { readFileSync, writeSync } from 'node:fs';

const tell = (/** @type {object} */ message) => {
  try {
    writeSync(3, `${JSON.stringify(message)}\n`);
  } catch {
    // nobody listens
  }
};
tell({ started: true });
process.on('newListener', (event) => event === 'SIGINT' && tell({ listening: true }));
process.on('exit', () => tell({ peak: process.resourceUsage().maxRSS * 1024, bytes: transferred() }));

function transferred() {
  try {
    const counts = readFileSync('/proc/self/io', 'utf8');
    return ['rchar', 'wchar'].reduce(
      (sum, name) => sum + Number(new RegExp(`${name}: (\\d+)`).exec(counts)?.[1] ?? 0),
      0,
    );
  } catch {
    return 0; // not Linux
  }
}
