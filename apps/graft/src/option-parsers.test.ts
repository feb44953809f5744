import { expect, test } from 'vitest';
import { configured } from './option-parsers.ts';

test('what has options is a name, or an object as JSON', () => {
  expect(configured('sound')).toBe('sound');
  expect(configured('{"name":"sound","rate":8000}')).toEqual({ name: 'sound', rate: 8000 });
  for (const wrong of ['{"nam":1}', '{"name":2}', '{name: sound}', '{'])
    expect(() => configured(wrong)).toThrow('Give a name, or JSON such as {"name":"sound","rate":8000}.');
});
