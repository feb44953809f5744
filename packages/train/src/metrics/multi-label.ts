import { showShape } from '@graft/tensor';
import type { Metric, Outputs } from '../metric.ts';
import { averagePrecisionOf } from './ranking.ts';

/** Scores of one label in multi-label classification. */
export interface LabelScore {
  /** Fraction of positive predictions that are correct. */
  readonly precision: number;
  /** Fraction of samples with this label that are predicted to have it. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
  /** Area under the precision-recall curve, independent of a threshold; NaN if no sample has the label. */
  readonly averagePrecision: number;
  /** Number of samples with this label. */
  readonly samples: number;
  /** Number of positive predictions. */
  readonly answered: number;
}

/** Accumulates multi-label scores: logits [batch, labels], where values above 0 mean that the label applies. Keeps every score in memory. */
export class LabelScores {
  readonly #scores: number[][];
  readonly #truth: number[][];
  #exact = 0;

  constructor(labels: number) {
    this.#scores = Array.from({ length: labels }, () => []);
    this.#truth = Array.from({ length: labels }, () => []);
  }

  /** Adds a batch; targets [batch, labels] of 0 and 1. @throws if the targets do not match the outputs */
  add({ values, shape }: Outputs, targets: ArrayLike<number>): void {
    const labels = this.#scores.length;
    if (shape.length !== 2 || shape[1] !== labels)
      throw new Error(`LabelScores was created for ${labels} labels, but got outputs ${showShape(shape)}.`);
    if (targets.length !== values.length)
      throw new Error(
        `Outputs ${showShape(shape)} need ${values.length} targets of 0 or 1, one per output, got ${targets.length}.`,
      );
    for (let start = 0; start < values.length; start += labels) {
      let right = true;
      for (let k = 0; k < labels; k++) {
        const [score, truth] = [values[start + k]!, targets[start + k]!];
        if (truth !== 0 && truth !== 1)
          throw new Error(`Sample ${start / labels} of the batch has ${truth} for label ${k}; targets must be 0 or 1.`);
        this.#scores[k]!.push(score);
        this.#truth[k]!.push(truth);
        right &&= Number(score > 0) === truth;
      }
      this.#exact += Number(right);
    }
  }

  /** Returns the accumulated state as plain JSON. */
  save(): unknown {
    return { scores: this.#scores, truth: this.#truth, exact: this.#exact };
  }

  /** Restores what `save` returned. */
  static restored(saved: unknown): LabelScores {
    const { scores, truth, exact } = saved as { scores: (number | null)[][]; truth: number[][]; exact: number };
    const made = new LabelScores(scores.length);
    for (const [k, column] of scores.entries()) made.#scores[k]!.push(...column.map((score) => score ?? Number.NaN));
    for (const [k, column] of truth.entries()) made.#truth[k]!.push(...column);
    made.#exact = exact;
    return made;
  }

  get samples(): number {
    return this.#scores[0]?.length ?? 0;
  }

  /** Fraction of samples whose labels are all correct. */
  exactMatch(): number {
    return this.#exact / this.samples;
  }

  perLabel(): LabelScore[] {
    return this.#scores.map((scores, k) => ({
      ...fractions(this.#count(k)),
      averagePrecision: averagePrecisionOf(scores, this.#truth[k]!),
    }));
  }

  /** Scores with the counts of all labels pooled. */
  overall(): Omit<LabelScore, 'averagePrecision'> {
    const counts = this.#scores.map((_, k) => this.#count(k));
    const sum = (name: keyof Counts): number => counts.reduce((total, count) => total + count[name], 0);
    return fractions({ hits: sum('hits'), answered: sum('answered'), samples: sum('samples') });
  }

  #count(k: number): Counts {
    let [hits, answered, samples] = [0, 0, 0];
    for (const [n, score] of this.#scores[k]!.entries()) {
      const truth = this.#truth[k]![n]!;
      samples += truth;
      if (score > 0) [answered, hits] = [answered + 1, hits + truth];
    }
    return { hits, answered, samples };
  }
}

interface Counts {
  readonly hits: number;
  readonly answered: number;
  readonly samples: number;
}

function fractions({ hits, answered, samples }: Counts): Omit<LabelScore, 'averagePrecision'> {
  const share = (part: number, whole: number): number => (whole ? part / whole : 0);
  return {
    precision: share(hits, answered),
    recall: share(hits, samples),
    f1: share(2 * hits, answered + samples),
    samples,
    answered,
  };
}

/** F1 for multi-label classification: the mean over labels that occur or are predicted (`macro`), or over all predictions pooled (`micro`). */
export function multiLabelF1<Of extends 'macro' | 'micro' = 'macro'>({
  average = 'macro' as Of,
}: { readonly average?: Of } = {}): Metric<Of extends 'macro' ? 'multiLabelF1' : 'microMultiLabelF1'> {
  if (average !== 'macro' && average !== 'micro')
    throw new Error(`multiLabelF1 expects an average of "macro" or "micro", got ${JSON.stringify(average)}.`);
  return ofLabels(average === 'macro' ? 'multiLabelF1' : 'microMultiLabelF1', (scores) =>
    average === 'micro'
      ? scores.overall().f1
      : mean(
          scores
            .perLabel()
            .filter(({ samples, answered }) => samples + answered > 0)
            .map(({ f1 }) => f1),
        ),
  );
}
/** Average precision for multi-label classification, averaged over labels. Labels that do not occur are left out. */
export const meanAveragePrecision = (): Metric<'meanAveragePrecision'> =>
  ofLabels('meanAveragePrecision', (scores) =>
    mean(
      scores
        .perLabel()
        .filter(({ samples }) => samples > 0)
        .map(({ averagePrecision }) => averagePrecision),
    ),
  );
/** Fraction of samples whose labels are all correct, for multi-label classification. */
export const exactMatch = (): Metric<'exactMatch'> => ofLabels('exactMatch', (scores) => scores.exactMatch());

const ofLabels = <Name extends string>(name: string, measure: (scores: LabelScores) => number): Metric<Name> => ({
  name: name as Name,
  greaterIsBetter: true,
  start() {
    let scores: LabelScores | undefined;
    return {
      add: (outputs, targets) => (scores ??= new LabelScores(outputs.shape[1] ?? 1)).add(outputs, targets),
      result: () => (scores?.samples ? measure(scores) : Number.NaN),
      save: () => scores?.save(),
      restore: (saved) => void (scores = saved ? LabelScores.restored(saved) : undefined),
    };
  },
});

const mean = (values: readonly number[]): number =>
  values.length ? values.reduce((a, b) => a + b, 0) / values.length : Number.NaN;
