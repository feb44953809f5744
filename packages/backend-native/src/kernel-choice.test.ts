import { expect, test } from 'vitest';
import { measuredChoice, nativeChoice } from './index.ts';

/** Candidates that take the given milliseconds, and the names in the order in which they ran. */
function timed(milliseconds: Readonly<Record<string, number>>): { ran: string[]; measure: (name: string) => number } {
  const ran: string[] = [];
  return { ran, measure: (name) => (ran.push(name), milliseconds[name]!) };
}

test('the fastest candidate is chosen once', () => {
  const heard: string[] = [];
  const choice = measuredChoice({ onChosen: (key, name) => heard.push(`${key}: ${name}`) });
  const { ran, measure } = timed({ wasm: 3, plain: 1, blocked: 2 });
  for (let call = 0; call < 3; call++)
    expect(choice.choose('conv2d 1', ['wasm', 'plain', 'blocked'], measure)).toBe('plain');
  expect(ran.length).toBe(12);
  expect(heard).toEqual(['conv2d 1: plain']);
  expect(choice.record).toEqual({ 'conv2d 1': 'plain' });
});

test('a candidate that is much slower at first runs once, and a small advantage does not count', () => {
  const { ran, measure } = timed({ wasm: 10, plain: 9.5, blocked: 100 });
  expect(measuredChoice().choose('a', ['wasm', 'plain', 'blocked'], measure)).toBe('wasm');
  expect(ran.filter((name) => name === 'blocked')).toEqual(['blocked']);
});

test('the first run of a candidate, which prepares it, does not count', () => {
  const { measure } = timed({ wasm: 2, plain: 1 });
  let first = true;
  const slowAtFirst = (name: string): number => {
    if (name !== 'plain' || !first) return measure(name);
    first = false;
    return 9;
  };
  expect(measuredChoice().choose('a', ['wasm', 'plain'], slowAtFirst)).toBe('plain');
});

test('a record makes another choice the same without measuring, even against the clock', () => {
  const known = { a: 'wasm', b: 'plain', c: 'gone' };
  const choice = measuredChoice({ known });
  const { ran, measure } = timed({ wasm: 2, plain: 1 });
  expect(choice.choose('a', ['wasm', 'plain'], measure)).toBe('wasm');
  expect(choice.choose('b', ['wasm', 'plain'], measure)).toBe('plain');
  expect(ran).toEqual([]);
  expect(choice.choose('c', ['wasm', 'plain'], measure)).toBe('plain'); // the library that brought it is gone
  expect(choice.record).toEqual({ a: 'wasm', b: 'plain', c: 'plain' });
});

test('a native choice takes the preferred kernel, another native one, or the own one if it is alone', () => {
  const choice = nativeChoice((name) => name === 'blocked');
  const { ran, measure } = timed({});
  expect(choice.choose('a', ['wasm', 'plain', 'blocked'], measure)).toBe('blocked');
  expect(choice.choose('b', ['wasm', 'plain'], measure)).toBe('plain');
  expect(choice.choose('c', ['wasm'], measure)).toBe('wasm');
  expect(ran).toEqual([]);
});
