import { expect, test } from 'vitest';
import { whyBacktracking } from './backtracking.ts';

test.each([
  ['GPT-2', String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`],
  [
    'cl100k',
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
  ],
  [
    'Llama 3',
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  ],
  [
    'o200k',
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  ],
  ['CLIP', String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`],
  ['BLOOM', String.raw` ?[^(\s|[.,!?…。，、।۔،])]+`],
  [
    'DeepSeek',
    String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_${'`'}{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  ],
  ['groups of digits', String.raw`\p{N}{1,3}(?=(?:\p{N}{3})*(?:\P{N}|$))`],
  [
    'SMILES',
    String.raw`(\[[^\]]+]|Br?|Cl?|N|O|S|P|F|I|b|c|n|o|s|p|\(|\)|\.|=|#|-|\+|\\|\/|:|~|@|\?|>|\*|\$|\%[0-9]{2}|[0-9])`,
  ],
  ['spaces', ' {2,}'],
  ['digits', '[0-9][0-9][0-9]'],
  ['a broken one, which the engine reports', '('],
])('the pattern of %s takes time of at most the square of a length', (_, pattern) =>
  expect(whyBacktracking(pattern)).toBeUndefined(),
);

test.each([
  ['(a+)+$', 'repeats a repetition'],
  ['(a|a)*b', 'repeats a repetition or a choice'],
  ['(?:a?){50}a{50}', 'repeats a repetition'],
  ['((x(a*)y?)*)c', 'repeats a repetition'],
  ['(?=(a+)+b)', 'repeats a repetition'],
  [String.raw`(\w+\s?)+!`, 'repeats a repetition'],
  ['a*a*b', 'two repetitions of the same characters'],
  [String.raw`\w+a\w+:`, 'two repetitions of the same characters'],
  [String.raw`x|\s+(?:\p{Zs}+|b)c`, 'two repetitions of the same characters'],
  ['a{0,100}a{0,100}b', 'two repetitions of the same characters'],
  [`${'a?'.repeat(30)}${'a'.repeat(30)}`, 'too many optional parts'],
  ['(a|b)'.repeat(20), 'too many alternatives'],
  ['('.repeat(100_000), 'more than 10000 characters'],
  ['('.repeat(1000), 'too many alternatives'],
  ['a*(a*b)?c', 'two repetitions of the same characters'],
])('a pattern that may take longer is refused (%#)', (pattern, why) => expect(whyBacktracking(pattern)).toContain(why));
