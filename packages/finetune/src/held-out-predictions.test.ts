import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodePredictions, parsePredictions } from './held-out-predictions.ts';

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
test('what is written is read again: exact numbers, any names', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.record({
          name: fc.string({ unit: 'binary' }),
          digest: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined }),
          label: fc.oneof(
            fc.nat(2),
            fc.array(float, { minLength: 3, maxLength: 3 }).map((some) => Float32Array.from(some)),
          ),
          values: fc.array(float, { minLength: 3, maxLength: 3 }).map((some) => Float32Array.from(some)),
        }),
        { selector: ({ name }) => name, maxLength: 8 },
      ),
      (examples) => {
        const found = parsePredictions(encodePredictions(examples), 3, 'predictions.json');
        expect(new Map(found.map((one) => [one.name, one]))).toEqual(
          new Map(
            examples.map(({ digest, ...one }) => [
              one.name,
              {
                ...one,
                ...(digest !== undefined && { digest: digest.slice(0, 16) }),
                label: typeof one.label === 'number' ? one.label : one.label.map((value) => value + 0),
                values: one.values.map((value) => value + 0), // JSON has no negative zero
              },
            ]),
          ),
        );
      },
    ),
  );
});
test('the file is bounded, and other runs on the same data keep the same examples', () => {
  const some = (reverse: boolean): string[] => {
    const all = Array.from({ length: 1500 }, (_, i) => ({
      name: `${String((i * 7919) % 1500).padStart(4, '0')}.png`,
      label: i % 1000,
      values: new Float32Array(1000).fill(1 / (i + 3)),
    }));
    const text = encodePredictions(reverse ? all.reverse() : all);
    expect(text.length).toBeLessThan(1.6e7);
    expect((JSON.parse(text) as { heldOut: number }).heldOut).toBe(1500);
    return parsePredictions(text, 1000, 'x').map(({ name }) => name);
  };
  const kept = some(false);
  expect(kept).toHaveLength(1000);
  expect(kept).toEqual(some(true));
});
test.each([
  ['[', 'is not JSON'],
  ['[]', 'has no list of examples'],
  ['{"format":1,"examples":{}}', 'has no list of examples'],
  ['{"format":2,"examples":[]}', 'does not have the format 1'],
  ['{"format":1,"examples":[3]}', 'has an example that is not an object'],
  ['{"format":1,"examples":[{"name":1,"label":0,"values":[1,2]}]}', 'expects "name" to be a string, got 1'],
  [
    '{"format":1,"examples":[{"name":"a","label":-1,"values":[1,2]}]}',
    'expects "label" to be a class or a list of numbers, got -1',
  ],
  [
    '{"format":1,"examples":[{"name":"a","label":0,"values":[1,null]}]}',
    'expects "values" to be a list of numbers, got [1,null]',
  ],
  [
    '{"format":1,"examples":[{"name":"a","label":2,"values":[1,2]}]}',
    'has an example whose label or outputs do not fit a model with 2 outputs',
  ],
  [
    '{"format":1,"examples":[{"name":"a","label":0,"values":[1]}]}',
    'has an example whose label or outputs do not fit a model with 2 outputs',
  ],
])('%s is rejected', (text, reason) => {
  expect(() => parsePredictions(text, 2, 'run/predictions.json')).toThrow(
    `"run/predictions.json" ${reason}. Remove the file to compare the run without its predictions.`,
  );
});
