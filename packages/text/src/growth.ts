/** A part of a `tokenizer.json`, checked. */
type Part = Readonly<Record<string, unknown>>;

const list = (value: unknown): readonly Part[] => (Array.isArray(value) ? (value as readonly Part[]) : []);
const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

/** UTF-8 bytes of one UTF-16 unit at most: a letter of its own for each. */
const bytesPerUnit = 3;

/**
 * How many times longer a text, or a list of its tokens, may get in a normalizer, pre-tokenizer or post-processor. Each part of a sequence multiplies it: thirty
 * that double a text make a gigabyte of one letter.
 */
export function growthOf(part: unknown): number {
  if (typeof part !== 'object' || part === null) return 1;
  const { content, pattern, replacement, single, type, ...rest } = part as Part;
  const own = Math.max(
    1,
    lengthOf(replacement),
    list(single).filter((one) => 'Sequence' in one).length,
    type === 'ByteLevel' ? bytesPerUnit : 1,
    type === 'Replace' ? replaced(pattern as Part | undefined, lengthOf(content)) : 1,
  );
  return ['normalizers', 'pretokenizers', 'processors']
    .flatMap((name) => list(rest[name]))
    .reduce((product, one) => product * growthOf(one), own);
}

/** How many characters may come from one. */
function replaced(pattern: Part | undefined, length: number): number {
  const literal = pattern?.['String'];
  if (typeof literal === 'string' && pattern?.['Regex'] === undefined)
    return literal === '' ? 1 + length : length / literal.length;
  return length === 0 ? 1 : 1 + length; // a regular expression may match between characters
}
