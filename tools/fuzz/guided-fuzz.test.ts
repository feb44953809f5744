import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleReaders } from './guided/bundle-readers.mjs';
import { allocate, explore, judged } from './guided/explore.mjs';
import { guidedFuzz } from './guided/guided-fuzz.mjs';
import { instrument } from './guided/instrument.mjs';
import { withTarChecksums } from './guided/mutate.mjs';
import { readerSeeds } from './guided/reader-seeds.mjs';

/** Executions of each reader; `npm run fuzz -- --coverage` does a million. */
const executions = 250;
const folder = mkdtempSync(join(tmpdir(), 'graft-guided-fuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs instrumented code that defines `read`. */
function counting(code: string) {
  const made = instrument(code, 0);
  const counters = new Uint32Array(made.counters);
  // oxlint-disable-next-line typescript/no-implied-eval -- instrumented code is a text
  const read = new Function('__counters', '__allocate', `${made.code}; return read;`)(counters, allocate) as (
    bytes: Uint8Array,
  ) => unknown;
  return { read, counters };
}

test('instrumented code computes the same, and counts each branch', () => {
  const { read, counters } = counting(`
    function read([a, b = a ? 1 : 2, ...rest]) {
      if (a > 1) if (b > 1) return 'both'; else rest.push(9);
      for (const x of rest) a += x;
      switch (b) { case 1: case 2: a++; break; default: a--; }
      const make = (p) => ({ q: p ?? (b, a && -1) });
      return [make(rest[0]).q, a, (() => { try { null.x } catch { return b || 'caught' } })()];
    }`);
  expect(read(Uint8Array.of(2, 2))).toBe('both');
  expect(read([2, 1, 5] as never)).toEqual([5, 17, 1]);
  expect(read([0, 3] as never)).toEqual([-1, -1, 3]);
  expect(read([0, 2] as never)).toEqual([-1, 1, 2]);
  expect(counters.filter((count) => count > 0).length).toBeGreaterThan(12);
});

/** Explores a reader of its own, and returns what it found. */
async function found(code: string, { executions = 9000, seed = 1 } = {}) {
  const { read, counters } = counting(code);
  const inputs: string[] = [];
  const failures: string[] = [];
  await explore({
    name: 'sketch',
    reader: { read },
    WrongResult: class extends Error {},
    folder,
    counters,
    seen: new Uint8Array(counters.length),
    words: [new TextEncoder().encode('word')],
    corpus: [new Uint8Array(6)],
    from: 0,
    known: new Set<string>(),
    isOver: () => false,
    onInput: () => {},
    onNew: (bytes) => inputs.push(Buffer.from(bytes).toString('hex')),
    onFailure: ({ bytes, reason }) => failures.push(`${Buffer.from(bytes).toString('latin1')}: ${reason}`),
    seed,
    executions,
  });
  return { inputs, failures };
}

// By chance, one in 16 million inputs passes all six.
const nested = `function read(b) {
  if (b[0] >> 4 === 7) if (b[1] >> 4 === 2) if (b[2] >> 4 === 9) if (b[3] >> 4 === 4) if (b[4] >> 4 === 1) if (b[5] >> 4 === 5) b.missing.length;
}`;

test('inputs that reach new branches lead to a defect that chance does not find', async () => {
  const { inputs, failures } = await found(nested);
  expect(failures).toEqual([expect.stringMatching(/^.{6}: it threw TypeError/s)]); // minimised
  expect(inputs.length).toBeGreaterThan(5);
  expect(await found(nested)).toEqual({ inputs, failures });
  expect((await found(nested, { seed: 2 })).inputs).not.toEqual(inputs);
});

test.each([
  [
    'a global prototype',
    'function read(b) { if (b.length > 3) Object.prototype.x = 1; }',
    /changed Object\.prototype\.x/,
  ],
  ['endless work', 'function read(b) { if (b.length > 3) for (let i = 0; i < 6e7; i++) b[0]; }', /passed \d+ branches/],
  ['much memory', 'function read(b) { if (b.length > 3) new Array(4e8); }', /arrays of 400000000 elements/],
  ['a message without an end', 'function read(b) { throw new Error("broken"); }', /not a sentence/],
  ['no error', 'function read(b) { throw "broken."; }', /threw string/],
])('%s is a failure', async (_, code, expected) => {
  const { read, counters } = counting(code);
  const reason = await judged({ read }, new Uint8Array(6), { folder, counters, WrongResult: class extends Error {} });
  expect(reason).toMatch(expected);
  expect(({} as { x?: number }).x).toBeUndefined();
});

const bundle = await bundleReaders(folder);
const seeds = await readerSeeds();

describe('damaged files are read or refused with one sentence', () => {
  test.each(Object.keys(seeds))('%s', { timeout: 120_000 }, async (name) => {
    const own = seeds[name] ?? [];
    const found = await guidedFuzz({ bundle, name, seeds: own, executions, seed: 7, killAfter: 60 });
    expect(found.failures.map(({ bytes, reason }) => [reason, Buffer.from(bytes).toString('latin1')])).toEqual([]);
    expect(found.executions).toBe(executions);
    expect(found.inputs).toBeGreaterThan(own.length); // something was learned from the outcome of an input
  });
});

test('checksums of a tar archive with a negative size are corrected', () => {
  const bytes = new Uint8Array(1024).fill(1, 0, 100);
  bytes.set(new TextEncoder().encode('-1000'), 124);
  expect(withTarChecksums(bytes).subarray(148, 156)).not.toEqual(bytes.subarray(148, 156));
});
