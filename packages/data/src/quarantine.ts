/** A sample that could not be loaded, and is left out. */
export interface Quarantined {
  /** Its number in the loader's dataset. */
  readonly index: number;
  /** Its file, where the error knows it. */
  readonly path?: string;
  readonly reason: string;
}

/** Samples left out of a run, up to a limit. */
export class Quarantine {
  readonly #samples: () => number;
  readonly #limit: number;
  readonly #entries = new Map<number, Quarantined>();

  /**
   * @param samples how many the dataset has, as far as is known when one is left out
   * @param limit the share of them that may be left out before the run stops
   */
  constructor(samples: () => number, limit: number) {
    if (!(limit >= 0 && limit <= 1))
      throw new Error(`The quarantine limit is a share of all samples from 0 to 1, got ${limit}.`);
    this.#samples = samples;
    this.#limit = limit;
  }

  /** What is left out, by sample number. */
  get entries(): readonly Quarantined[] {
    return [...this.#entries.values()].sort((a, b) => a.index - b.index);
  }

  has(index: number): boolean {
    return this.#entries.has(index);
  }

  /** @throws where more than the limit are left out */
  add(entry: Quarantined): void {
    this.#entries.set(entry.index, entry);
    this.check();
  }

  /** @throws where more than the limit are left out */
  check(): void {
    const samples = this.#samples();
    if (this.#entries.size <= this.#limit * samples) return;
    const [first] = this.entries;
    throw new Error(
      `${this.#entries.size} of ${samples} samples could not be loaded, and ${Math.floor(this.#limit * samples)} may be left out; the first is ${describeSample(first!)}: ${first!.reason} Repair the samples, or raise quarantineLimit.`,
    );
  }
}

export const describeSample = ({ index, path }: { index: number; path?: string }): string =>
  `sample ${index}${path === undefined ? '' : ` ("${path}")`}`;
