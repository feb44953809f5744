#!/usr/bin/env node
import { exitCodes, run } from './program.ts';

// Whoever reads our output may stop early: graft inspect model.onnx | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The first one ends the work in good order, the second at once: files are written whole or not at all.
    if (signals++) process.exit(exitCodes[signal]);
    stop.abort(signal);
  });
process.exitCode = await run(process.argv.slice(2), stop.signal);
