#!/usr/bin/env node
import { gracefulStop } from './graceful-stop.ts';
import { run } from './program.ts';

// The reader may close the pipe early: graft inspect model.onnx | head
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || code === 'EIO') process.exit(); // EIO: the terminal was closed
  process.stderr.write(`graft: the result cannot be printed (${code}). Free some space, or print it elsewhere.\n`);
  process.exit(1);
});
// Without anyone to read progress, a run goes on.
process.stderr.on('error', () => {});

const { signal, begin } = gracefulStop();
process.exitCode = await run(process.argv.slice(2), signal, begin);
