#!/usr/bin/env node
import { exitCodes, run } from './program.ts';

// The reader may close the pipe early: graft inspect model.onnx | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The first signal stops gracefully, the second one at once. Files are written atomically either way.
    if (signals++) process.exit(exitCodes[signal]);
    stop.abort(signal);
  });
process.exitCode = await run(process.argv.slice(2), stop.signal);
