import type { Transform } from '@graft/data';
import type { Random } from '@graft/tensor';

/**
 * Deletes words at random, so a classifier does not rely on single words (Wei and Zou 2019). Keeps at least one word.
 * @param share fraction of the words, in [0, 1)
 */
export function randomDeletion({ share = 0.1 }: { readonly share?: number } = {}): Transform<string> {
  if (!(share >= 0 && share < 1)) throw new Error(`randomDeletion expects a share in [0, 1), got ${share}.`);
  return (text, random) => {
    const words = wordsOf(text);
    const kept = words.filter(() => random.next() >= share);
    return (kept.length ? kept : words.slice(random.int(Math.max(1, words.length))).slice(0, 1)).join(' ');
  };
}

/**
 * Swaps pairs of words at random (Wei and Zou 2019).
 * @param share fraction of the words to move; each swap moves two
 */
export function randomSwap({ share = 0.1 }: { readonly share?: number } = {}): Transform<string> {
  if (!(share >= 0 && share <= 1)) throw new Error(`randomSwap expects a share from 0 to 1, got ${share}.`);
  return (text, random) => {
    const words = wordsOf(text);
    for (let pairs = Math.round((share * words.length) / 2); pairs > 0 && words.length > 1; pairs--) {
      const [i, j] = twoOf(words.length, random);
      [words[i], words[j]] = [words[j]!, words[i]!];
    }
    return words.join(' ');
  };
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function twoOf(count: number, random: Random): [number, number] {
  const first = random.int(count);
  const second = random.int(count - 1);
  return [first, second < first ? second : second + 1];
}
