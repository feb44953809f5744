/** A sample that is skipped because it could not be loaded. */
export interface Quarantined {
  /** Its index in the loader's dataset. */
  readonly index: number;
  /** Its file, if known. */
  readonly path?: string;
  readonly reason: string;
}

/** The samples that a run skips, up to a limit. */
export class Quarantine {
  readonly #samples: () => number;
  readonly #limit: number;
  readonly #entries = new Map<number, Quarantined>();

  /**
   * @param samples returns the number of samples in the dataset, as far as known
   * @param limit the fraction of samples that may be skipped before the run stops
   */
  constructor(samples: () => number, limit: number) {
    if (!(limit >= 0 && limit <= 1))
      throw new Error(`A loader expects quarantineLimit to be a fraction from 0 to 1, got ${limit}.`);
    this.#samples = samples;
    this.#limit = limit;
  }

  /** The skipped samples, sorted by index. */
  get entries(): readonly Quarantined[] {
    return [...this.#entries.values()].sort((a, b) => a.index - b.index);
  }

  has(index: number): boolean {
    return this.#entries.has(index);
  }

  /** @throws if more samples than the limit are skipped */
  add(entry: Quarantined): void {
    this.#entries.set(entry.index, entry);
    this.check();
  }

  /** @throws if more samples than the limit are skipped */
  check(): void {
    const samples = this.#samples();
    if (this.#entries.size <= this.#limit * samples) return;
    const [first] = this.entries;
    throw new Error(
      `${this.#entries.size} of ${samples} samples could not be loaded, but quarantineLimit allows ${Math.floor(this.#limit * samples)}; the first is ${describeSample(first!)}: ${first!.reason} Fix the samples, or raise quarantineLimit.`,
    );
  }
}

/** Checks the skipped samples of a saved state. @throws if they are not a list of samples */
export function checkQuarantined(entries: unknown): asserts entries is readonly Quarantined[] {
  const isEntry = (one: Partial<Quarantined> | null): boolean =>
    Number.isSafeInteger(one?.index) &&
    one!.index! >= 0 &&
    typeof one!.reason === 'string' &&
    (one!.path === undefined || typeof one!.path === 'string');
  if (!Array.isArray(entries) || !entries.every(isEntry))
    throw new Error(
      'The saved loader has no valid list of skipped samples under "quarantined". Resume from another checkpoint.',
    );
}

export const describeSample = ({ index, path }: { index: number; path?: string }): string =>
  `sample ${index}${path === undefined ? '' : ` ("${path}")`}`;
