import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCard } from './parse-card.ts';

const card = {
  name: 'tiny-net',
  title: 'Tiny net',
  description: 'Knows two things.',
  licence: 'MIT',
  origin: 'Made here',
  source: 'file:tiny.onnx',
  bytes: 3,
  sha256: 'a'.repeat(64),
  opset: 17,
  input: { name: 'x', shape: ['batch', 3, 8, 8] },
  preprocessing: { width: 8, height: 8, channels: 3, order: 'rgb', mean: [0.5], std: [0.5, 0.5, 0.5] },
  labels: ['cat', 'dog'],
  cutPoints: [{ value: 'pool', features: 16, pooling: 'none' }],
  verified: false,
};
const without = (name: string): object => Object.fromEntries(Object.entries(card).filter(([key]) => key !== name));

test('a valid card is returned', () => {
  // A single mean or std is expanded to all channels.
  const inFull = { ...card.preprocessing, mean: [0.5, 0.5, 0.5] };
  expect(parseCard(card, 'a.json')).toEqual({ ...card, preprocessing: inFull });
  expect(parseCard(without('labels'), 'a.json')).toEqual({ ...without('labels'), preprocessing: inFull });
});
test('settings of sounds are numbers, texts and flags, in groups of one level', () => {
  const sound = { rate: 16_000, normalize: true, mel: { fft: 512, log: 'db' } };
  expect(parseCard({ ...card, sound }, 'a.json')).toMatchObject({ sound });
});
test.each<[object | string | null, string]>([
  [{ ...card, sound: [] }, '"sound" must be an object, got [].'],
  [{ ...card, sound: { rate: null } }, '"sound.rate" must be an object, got null.'],
  [{ ...card, sound: { mel: { fft: [512] } } }, '"sound.mel.fft" must be a number, a text, true or false, got [512].'],
  [{ ...card, sound: { log: 'a\u001b[2J' } }, '"sound.log" must be one line of 1 to 100 characters'],
  [
    { ...card, sound: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`a${i}`, i])) },
    '"sound" must be an object of at most 64 fields, got',
  ],
  [null, 'the content must be an object, got null.'],
  [
    { ...card, preprocessing: { ...card.preprocessing, mean: [0.5, 0.5] } },
    '"preprocessing.mean" must be a list of 1 or 3 numbers, got [0.5,0.5].',
  ],
  ['text', 'the content must be an object, got "text".'],
  [[], 'the content must be an object, got [].'],
  [without('licence'), '"licence" must be one line of 1 to 200 characters, got nothing.'],
  [{ ...card, licence: 'MIT\u001b[2J' }, '"licence" must be one line of 1 to 200 characters, got "MIT\\u001b[2J".'],
  [{ ...card, title: 'a\u202egnp.exe' }, '"title" must be one line of 1 to 200 characters, got'],
  [{ ...card, title: 'a\u2066b' }, '"title" must be one line of 1 to 200 characters, got'],
  [{ ...card, labels: ['a\u2028b'] }, '"labels[0]" must be one line of 1 to 500 characters, got'],
  [{ ...card, name: '../x' }, '"name" must be lowercase letters, digits, dots and dashes, got "../x".'],
  [
    { ...card, source: '/etc/passwd' },
    '"source" must be an address such as "npm:name@1.2.3/model.onnx", got "/etc/passwd".',
  ],
  [{ ...card, source: 'npm:a b' }, '"source" must be an address'],
  [{ ...card, bytes: 1.5 }, '"bytes" must be an integer from 1 to 1099511627776, got 1.5.'],
  [{ ...card, sha256: 'A'.repeat(64) }, '"sha256" must be 64 lowercase hexadecimal digits'],
  [{ ...card, input: { name: 'x', shape: [0] } }, '"input.shape[0]" must be an integer from 1 to 2147483648, got 0.'],
  [
    { ...card, preprocessing: { ...card.preprocessing, std: [0] } },
    '"preprocessing.std[0]" must be a number above 0, got 0.',
  ],
  [
    { ...card, preprocessing: { ...card.preprocessing, order: 'grb' } },
    '"preprocessing.order" must be "rgb" or "bgr", got "grb".',
  ],
  [
    { ...card, preprocessing: { ...card.preprocessing, heigth: 3 } },
    'there is an unknown field "preprocessing.heigth". Did you mean "height"?',
  ],
  [{ ...card, cutPoints: {} }, '"cutPoints" must be a list of 0 to 1000 items, got {}.'],
  [
    { ...card, cutPoints: [{ value: 'a', features: '16', pooling: 'none' }] },
    '"cutPoints[0].features" must be an integer from 1 to 1000000, got "16".',
  ],
  [{ ...card, architecture: 3 }, '"architecture" must be one line of 1 to 100 characters, got 3.'],
  [
    { ...card, companions: [{ name: '../a', source: 'file:a', bytes: 1, sha256: 'a'.repeat(64) }] },
    '"companions[0].name" must be a file name, got "../a".',
  ],
  [
    { ...card, companions: [{ name: 'a', source: 'file:a', bytes: 2 ** 40, sha256: 'a'.repeat(64) }] },
    '"companions[0].bytes" must be an integer from 1 to 134217728, got 1099511627776.',
  ],
  [{ ...card, verified: 1 }, '"verified" must be true or false, got 1.'],
  [{ ...card, licens: 'x' }, 'there is an unknown field "licens". Did you mean "licence"?'],
  [JSON.parse('{"__proto__": {"name": "x"}}') as object, 'there is an unknown field "__proto__".'],
])('invalid card %# is rejected', (json, message) =>
  expect(() => parseCard(json, '"a.json"')).toThrow(`In the model card "a.json", ${message}`),
);
test('any input results in a card or a one-sentence error', () => {
  const tried = (json: object): unknown => {
    try {
      return parseCard(json, 'a.json');
    } catch (error) {
      return (error as Error).message;
    }
  };
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(card)), fc.jsonValue(), (name, value) => {
      const changed = { ...card, preprocessing: { ...card.preprocessing, mean: [0.5, 0.5, 0.5] }, [name]: value };
      const result = tried(changed);
      const sentence =
        typeof result === 'string' &&
        result.startsWith('In the model card a.json, ') &&
        result.length < 1000 &&
        result.endsWith('.');
      const inFull = { ...card.preprocessing, mean: [0.5, 0.5, 0.5] };
      const expected = {
        ...(name === 'preprocessing' ? changed : { ...changed, preprocessing: inFull }),
        verified: false, // the digest is unknown
      };
      expect(sentence || isDeepStrictEqual(result, expected)).toBe(true);
    }),
  );
});
test('marks of direction are part of a name in a right-to-left script', () =>
  expect(parseCard({ ...card, title: 'שלום\u200F!' }, 'a.json').title).toBe('שלום\u200F!'));
