import * as control from './control.ts';

/** Microseconds for which a worker polls for the next job before it sleeps: kernels follow each other closely. */
const SPIN = 40;

/**
 * The code of a worker: plain JavaScript in a string, so it starts the same way from source, from dist and from a bundle.
 * The first message contains the memory and the worker's words; others contain compiled modules, whose functions are appended to the list.
 *
 * A part is taken by incrementing the ticket. That fails if another thread was faster or the job has ended, so the
 * function and arguments that a part reads always belong to its own job: a job ends only when all its parts have. A worker that has
 * not processed the last command takes no parts, because it may not know the job's function.
 */
export const workerSource = `
const { ${Object.keys(control)
  .filter((name) => name === name.toUpperCase())
  .join(
    ', ',
  )} } = ${JSON.stringify(Object.fromEntries(Object.entries(control).filter(([name]) => name === name.toUpperCase())))};
const functions = [];
let words, doubles, own, memory;
const starts = [];
let scratch = 0, scratchBytes = 0;

function extendScratch(signed) {
  Atomics.store(words, own + ANSWER, -1);
  Atomics.store(words, own + REQUEST, signed);
  Atomics.add(words, EVENTS, 1);
  Atomics.notify(words, EVENTS);
  while (Atomics.load(words, own + ANSWER) === -1) Atomics.wait(words, own + ANSWER, -1);
  const pointer = Atomics.load(words, own + ANSWER);
  if (pointer === 0) throw new Error('no memory');
  return pointer;
}

function add(module) {
  const abort = () => { throw new Error('aborted'); };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort, extendScratch } });
  for (const value of Object.values(exports)) if (typeof value === 'function') functions.push(value);
  if (exports.setScratch) starts.push(exports.setScratch);
  if (scratch) exports.setScratch?.(scratch, scratchBytes);
}

function runPart(part) {
  Atomics.add(words, own + PROGRESS, 1);
  if (words[own + SCRATCH] !== scratch || words[own + SCRATCH_BYTES] !== scratchBytes) {
    scratch = words[own + SCRATCH];
    scratchBytes = words[own + SCRATCH_BYTES];
    for (const start of starts) start(scratch, scratchBytes);
  }
  const step = words[STEP], from = part * step;
  try {
    const run = functions[words[EXPORT]], args = [];
    for (let i = 0; i < words[COUNT]; i++) args.push(doubles[ARGUMENTS / 2 + i]);
    args.push(from, Math.min(words[UNITS], from + step));
    run(...args);
  } catch {
    Atomics.add(words, FAILED, 1);
  }
  const parts = words[PARTS];
  Atomics.add(words, own + PROGRESS, 1);
  if (Atomics.add(words, DONE, 1) + 1 === parts) {
    Atomics.add(words, EVENTS, 1);
    Atomics.notify(words, EVENTS);
  }
}

function work(command) {
  let ticket = 0, until = 0, looks = 0;
  while (true) {
    ticket = Atomics.load(words, TICKET);
    const part = ticket & CLOSED;
    if (Atomics.load(words, COMMAND) !== command) return;
    if (part < Atomics.load(words, PARTS)) {
      if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) === ticket) runPart(part);
      until = 0;
      continue;
    }
    if (++looks & 63) continue;
    const now = performance.now();
    if (until === 0) until = now + ${SPIN / 1000};
    if (now < until) continue;
    until = 0;
    Atomics.add(words, SLEEPERS, 1);
    Atomics.wait(words, TICKET, ticket);
    Atomics.sub(words, SLEEPERS, 1);
  }
}

function receive(message) {
  if (message.memory) {
    memory = message.memory;
    own = message.own;
    words = new Int32Array(memory.buffer, message.control, message.length);
    doubles = new Float64Array(memory.buffer, message.control, message.length >> 1);
  }
  for (const module of message.modules) add(module);
  Atomics.store(words, own + STARTED, 1);
  work(message.command);
}
`;
