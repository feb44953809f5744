export interface VocabularyOptions {
  /** Maximum number of tokens, including characters and the special tokens for padding and unknown text. */
  readonly size: number;
  /** Whether to lowercase texts; default true. */
  readonly lowercase?: boolean;
  /** How often a pair must occur to become a token; default 2. */
  readonly least?: number;
}

/** Tokens at the start of every vocabulary. */
const special = ['[PAD]', '[UNK]'];

/**
 * Builds a vocabulary of frequent word pieces from texts by byte-pair encoding (Sennrich et al. 2016), in the `tokenizer.json` format that
 * `createTokenizer` reads. The same texts give the same vocabulary: ties are broken by the order of code units.
 * @throws if the size is too small for the texts' characters, or there are no texts
 */
export function buildVocabulary(
  texts: Iterable<string>,
  { size, lowercase = true, least = 2 }: VocabularyOptions,
): string {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of (lowercase ? text.toLowerCase() : text).match(/\w+|[^\w\s]+/gu) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  if (!counts.size) throw new Error('buildVocabulary expects at least one word, got none.');
  const words = [...counts].map(([word, count]) => ({ parts: Array.from(word), count }));
  const characters = [...new Set(words.flatMap(({ parts }) => parts))].sort(byCodeUnit);
  if (!(Number.isInteger(size) && size >= special.length + characters.length))
    throw new Error(
      `buildVocabulary expects a size of at least ${special.length + characters.length}, one for each character of the texts plus ${special.length}, got ${size}.`,
    );
  const vocabulary = [...special, ...characters];
  const merges: [string, string][] = [];

  const pairs = new Map<string, { count: number; words: Set<number> }>();
  const note = (w: number, sign: 1 | -1): void => {
    const { parts, count } = words[w]!;
    for (let i = 0; i + 1 < parts.length; i++) {
      const key = `${parts[i]!}\u0000${parts[i + 1]!}`;
      const pair = pairs.get(key) ?? { count: 0, words: new Set<number>() };
      pair.count += sign * count;
      if (sign > 0) pair.words.add(w);
      pairs.set(key, pair);
    }
  };
  for (const w of words.keys()) note(w, 1);
  while (vocabulary.length < size) {
    let [best, most] = ['', least - 1];
    for (const [key, { count }] of pairs)
      if (count > most || (count === most && count >= least && byCodeUnit(key, best) < 0)) [best, most] = [key, count];
    if (best === '') break;
    const [left, right] = best.split('\u0000') as [string, string];
    const merged = left + right;
    for (const w of pairs.get(best)!.words) {
      const word = words[w]!;
      if (!word.parts.some((part, i) => part === left && word.parts[i + 1] === right)) continue;
      note(w, -1);
      const next: string[] = [];
      for (let i = 0; i < word.parts.length; i++) {
        if (word.parts[i] === left && word.parts[i + 1] === right) next.push((i++, merged));
        else next.push(word.parts[i]!);
      }
      word.parts = next;
      note(w, 1);
    }
    pairs.delete(best);
    merges.push([left, right]);
    if (!vocabulary.includes(merged)) vocabulary.push(merged);
  }
  return JSON.stringify({
    version: '1.0',
    added_tokens: special.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: lowercase ? { type: 'Lowercase' } : null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: '[UNK]',
      fuse_unk: true,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  });
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
