import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = readFileSync(`${root}docs/features.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [number, , graft] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return number && /^\d+$/.test(number) ? [{ number: Number(number), graft: graft! }] : [];
  });

/** A cell is parts that begin with a package: "tensor: `conv2d`; data/node: `imageFolder`". */
function namesIn(cell: string): { entry: string | undefined; name: string }[] {
  let entry: string | undefined;
  return [...cell.matchAll(/(?<=^|[;.:] )([a-z-]+(?:\/[a-z]+)?): |`([^`]+)`/g)].flatMap(([, named, name]) => {
    entry = named ?? entry;
    return name === undefined ? [] : [{ entry, name }];
  });
}

/** What a package publishes under a name such as `data/node`. */
async function exportsOf(entry: string): Promise<string[]> {
  const [name, part] = entry.split('/');
  const file = `${root}packages/${name}/src/${part ? `${part}/` : ''}index.ts`;
  return existsSync(file) ? Object.keys((await import(/* @vite-ignore */ file)) as object) : [];
}

/** Said in code style without being exports: options, fields and dtypes. */
const words = new Set(['float16', 'bfloat16', 'memory', 'quarantined', 'outputs', 'cut', 'freeze']);

test('every name on the features page is exported by its package', { timeout: 60_000 }, async () => {
  const missing: string[] = [];
  let checked = 0;
  for (const { number, graft } of rows)
    for (const { entry, name } of namesIn(graft)) {
      if (words.has(name)) continue;
      checked++;
      if (!entry || !(await exportsOf(entry)).includes(name))
        missing.push(`${number}: ${name} of ${entry ?? 'no package'}`);
    }
  expect(missing).toEqual([]);
  expect(checked).toBeGreaterThan(250);
});
test('numbers 1 to 77 are listed in order, at most three of them missing in Graft', () => {
  const numbers = rows.map(({ number }) => number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(numbers.slice(0, 77)).toEqual(Array.from({ length: 77 }, (_, i) => i + 1));
  expect(
    rows.filter(({ number, graft }) => number <= 77 && /^(left out|not yet)/.test(graft)).length,
  ).toBeLessThanOrEqual(3);
});
test('names are found under their packages', () => {
  expect(namesIn('left out: why. tensor: `a`, `b` (c); data/node: `d`')).toEqual([
    { entry: 'tensor', name: 'a' },
    { entry: 'tensor', name: 'b' },
    { entry: 'data/node', name: 'd' },
  ]);
});
