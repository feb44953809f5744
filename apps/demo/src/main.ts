#!/usr/bin/env node
import { parseArgs } from 'node:util';
import type { RunEvent } from '@graft/finetune';
import { demo } from './demo.ts';

const usage = `npm start -- [--seeds 0-4] [--out <folder>] [--backend <name>] [--json]

Trains digit classifiers on 10 images per class, with and without a pretrained network.

--seeds <range>   one run per seed; default 0
--out <folder>    output folder; default runs/<time>
--backend <name>  compute backend; default wasm
--json            print the summary as JSON`;

/** Parses the option --seeds. @throws if it is not a seed or an ascending range of at most 100 */
function seedsOf(text: string): number[] {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || last < first || last - first >= 100)
    throw new Error(`--seeds expects a seed such as 3, or an ascending range of at most 100 such as 0-4, got ${text}.`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (signals++) process.exit(130);
    stop.abort(signal);
  });
try {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '0' },
      out: { type: 'string' },
      backend: { type: 'string', default: 'wasm' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { seeds, out, backend, json, help } = values;
  const events = (event: RunEvent): void => {
    if (event.type === 'status' && !json) process.stderr.write(`${event.message}\n`);
    if (event.type === 'warning') process.stderr.write(`graft: ${event.message}\n`);
  };
  if (help) console.log(usage);
  else await demo({ seeds: seedsOf(seeds), out, backend, json, events, signal: stop.signal });
} catch (error) {
  console.error(`graft: ${(error as Error).message}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
