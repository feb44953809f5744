#!/usr/bin/env node
import { exitCodes, run } from './program.ts';

// The reader may close the pipe early: graft inspect model.onnx | head
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || code === 'EIO') process.exit(); // EIO: the terminal was closed
  process.stderr.write(`graft: the result cannot be printed (${code}). Free some space, or print it elsewhere.\n`);
  process.exit(1);
});
// Without anyone to read progress, a run goes on.
process.stderr.on('error', () => {});

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // The first signal stops gracefully, the second one at once. Files are written atomically either way.
    if (signals++) process.exit(exitCodes[signal]);
    stop.abort(signal);
  });
process.exitCode = await run(process.argv.slice(2), stop.signal);
