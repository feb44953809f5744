import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Case } from './case.mjs';
import { families } from './families.mjs';
import { readCase } from './read-case.mjs';
import { secret } from './run-audit.mjs';
import { verdict, whyUnclear } from './verdict.mjs';

const work = mkdtempSync(join(tmpdir(), 'graft-audit-test-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Number of cases of each family; `npm run audit` reads all of them, in processes with a limit of memory. */
const perFamily = 8;
const cheap = (cases: readonly Case[]): readonly Case[] => {
  const own = cases.filter(({ read, heavy, known }) => read && !heavy && known === undefined);
  return own.filter((_, i) => i % Math.ceil(own.length / perFamily) === 0);
};

// A family of commands alone runs in `npm run audit`.
const read = Object.entries(families).filter(([, cases]) => cases.some((one) => one.read));

describe.each(read)('%s', (family, cases) => {
  test.each(cheap(cases).map((one, i) => [one.name, one, i] as const))('%s', async (_, one, index) => {
    const [folder, outside] = ['case', 'elsewhere'].map((name) => join(work, `${family}-${index}`, name)) as [
      string,
      string,
    ];
    for (const path of [folder, outside]) mkdirSync(path, { recursive: true });
    writeFileSync(join(outside, 'secret.txt'), secret);
    await one.files?.(folder, {} as never);
    const ended = await readCase(one, folder);
    expect(verdict(one, ended)).toBeUndefined();
    expect(`${ended.said} ${ended.error}`).not.toContain(secret);
  });
});

test('every family that reads files here has cheap cases, and no two cases share a name', () => {
  for (const [, cases] of read) expect(cheap(cases).length).toBeGreaterThan(3);
  for (const cases of Object.values(families)) {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  }
  expect(Object.values(families).flat().length).toBeGreaterThan(200);
});

const refusing: Case = { name: 'a', file: 'a.onnx', outcome: { kind: 'refused', pattern: /damaged/ } };
test.each([
  ['a refusal', refusing, { error: 'a.onnx is damaged.', work: {} }, undefined],
  ['another reason', refusing, { error: 'a.onnx is too large.', work: {} }, /another reason/],
  ['no refusal', refusing, { said: '', work: {} }, /not refused/],
  ['too many steps', refusing, { error: 'a.onnx is damaged.', work: { steps: 1e6 } }, /1000000 steps/],
  ['too much memory', refusing, { error: 'a.onnx is damaged.', work: {}, peak: 2 ** 31 }, /2048 MiB/],
  [
    'a control character',
    { ...refusing, outcome: { kind: 'works', pattern: undefined } },
    { said: '\u001b[2J', terminal: true, work: {} },
    /control/,
  ],
  [
    'nothing said about what was left out',
    { ...refusing, outcome: { kind: 'left out', pattern: /a\.png/ } },
    { said: 'done', work: {} },
    /nothing says/,
  ],
] as const)('the verdict on %s', (_, one, ended, expected) => {
  const found = verdict(one as Case, ended);
  if (expected) expect(found).toMatch(expected);
  else expect(found).toBeUndefined();
});

test.each([
  ['a.onnx: Cannot read properties of undefined (reading "x").', /Cannot read/],
  ['a.onnx is damaged', /not a sentence/],
  ['It is damaged.', /does not name "a\.onnx"/],
  [`a.onnx is damaged ${'!'.repeat(1000)}`, /characters/],
  ['a.onnx is\ndamaged.', /more than one line/],
  ['a.onnx is damaged.', undefined],
])('%j', (message, expected) => {
  const found = whyUnclear(message, 'a.onnx');
  if (expected) expect(found).toMatch(expected);
  else expect(found).toBeUndefined();
});
