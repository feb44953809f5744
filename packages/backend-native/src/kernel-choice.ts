/** Chooses the kernel for each op and shape, and remembers what it chose. */
export interface KernelChoice {
  /**
   * The candidate to use for a case from now on: the remembered one if it is still a candidate.
   * @param key the op, shapes and attributes
   * @param candidates names of kernels; the first is the backend's own
   * @param measure runs a candidate once; returns milliseconds
   */
  choose(key: string, candidates: readonly string[], measure: (candidate: string) => number): string;
  /** What was chosen, by key: plain JSON. Given to {@link measuredChoice}, it makes another backend choose the same. */
  readonly record: Readonly<Record<string, string>>;
}

/** Rounds in which each candidate runs once. The first only warms up. */
const ROUNDS = 4;
/** A kernel must save a tenth of the time to replace the own one: less may be noise, and changing between thread pools costs something. */
const WORTHWHILE = 0.9;
/** A candidate that takes this many times as long in the first round is not measured further. */
const HOPELESS = 5;

/**
 * Measures the candidates and chooses the fastest. What is known is not measured again.
 * @param known an earlier `record`
 * @param onChosen called for each case that was measured
 */
export function measuredChoice({
  known = {},
  onChosen,
}: {
  readonly known?: Readonly<Record<string, string>>;
  readonly onChosen?: (key: string, candidate: string) => void;
} = {}): KernelChoice {
  const earlier = new Map(Object.entries(known));
  const chosen = new Map<string, string>();
  const fastest = (candidates: readonly string[], measure: (candidate: string) => number): string => {
    const first = candidates.map((candidate) => measure(candidate));
    const hopeful = candidates.filter((_, i) => i === 0 || first[i]! < HOPELESS * Math.max(1, first[0]!));
    const best = hopeful.map(() => Number.POSITIVE_INFINITY);
    for (let round = 1; round < ROUNDS; round++)
      for (const [i, candidate] of hopeful.entries()) best[i] = Math.min(best[i]!, measure(candidate));
    const least = Math.min(...best);
    return least < WORTHWHILE * best[0]! ? hopeful[best.indexOf(least)]! : hopeful[0]!;
  };
  return {
    choose(key, candidates, measure) {
      let name = chosen.get(key) ?? earlier.get(key);
      if (name === undefined || !candidates.includes(name)) {
        name = fastest(candidates, measure);
        onChosen?.(key, name);
      }
      chosen.set(key, name);
      return name;
    },
    get record() {
      return Object.fromEntries(chosen);
    },
  };
}

/** Chooses a native kernel wherever there is one, without measuring: the first that `prefer` accepts, by default the first. */
export function nativeChoice(prefer: (candidate: string) => boolean = () => true): KernelChoice {
  const chosen = new Map<string, string>();
  return {
    choose(key, candidates) {
      const native = candidates.slice(1);
      const name = native.find((candidate) => prefer(candidate)) ?? native[0] ?? candidates[0]!;
      chosen.set(key, name);
      return name;
    },
    get record() {
      return Object.fromEntries(chosen);
    },
  };
}
