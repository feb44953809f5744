import { showShape } from '@graft/tensor';
import type { Metric, Outputs } from '../metric.ts';
import { averagePrecisionOf } from './ranking.ts';

/** How well one label, a yes or no of its own, is told. */
export interface LabelScore {
  /** Share of its answers that are right. */
  readonly precision: number;
  /** Share of its samples that are found. */
  readonly recall: number;
  /** Their harmonic mean. */
  readonly f1: number;
  /** Area under precision over recall, whatever the threshold; NaN where no sample has the label. */
  readonly averagePrecision: number;
  readonly samples: number;
  /** How often it was answered. */
  readonly answered: number;
}

/** Counts answers where each label is a yes or no of its own: logits [batch, labels], above 0 a yes. Keeps every score. */
export class LabelScores {
  readonly #scores: number[][];
  readonly #truth: number[][];
  #exact = 0;

  constructor(labels: number) {
    this.#scores = Array.from({ length: labels }, () => []);
    this.#truth = Array.from({ length: labels }, () => []);
  }

  /** Counts a batch; targets [batch, labels] of 0 and 1. @throws where they do not fit */
  add({ values, shape }: Outputs, targets: ArrayLike<number>): void {
    const labels = this.#scores.length;
    if (shape.length !== 2 || shape[1] !== labels)
      throw new Error(`LabelScores was made for ${labels} labels, got outputs ${showShape(shape)}.`);
    if (targets.length !== values.length)
      throw new Error(
        `Outputs ${showShape(shape)} want ${values.length} targets of 0 and 1, one for each, got ${targets.length}.`,
      );
    for (let start = 0; start < values.length; start += labels) {
      let right = true;
      for (let k = 0; k < labels; k++) {
        const [score, truth] = [values[start + k]!, targets[start + k]!];
        if (truth !== 0 && truth !== 1)
          throw new Error(`Sample ${start / labels} of the batch has ${truth} for label ${k}, where 0 or 1 should be.`);
        this.#scores[k]!.push(score);
        this.#truth[k]!.push(truth);
        right &&= Number(score > 0) === truth;
      }
      this.#exact += Number(right);
    }
  }

  /** What it has counted, as plain JSON. */
  save(): unknown {
    return { scores: this.#scores, truth: this.#truth, exact: this.#exact };
  }

  /** Counts on from what `save` gave. */
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

  /** Share of samples all of whose labels are right. */
  exactMatch(): number {
    return this.#exact / this.samples;
  }

  perLabel(): LabelScore[] {
    return this.#scores.map((scores, k) => ({
      ...fractions(this.#count(k)),
      averagePrecision: averagePrecisionOf(scores, this.#truth[k]!),
    }));
  }

  /** The scores of all labels as one: hits and misses summed. */
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

/** F1 where each label is a yes or no of its own: the mean over labels that occur or are answered (`macro`), or all answers as one (`micro`). */
export function multiLabelF1<Of extends 'macro' | 'micro' = 'macro'>({
  average = 'macro' as Of,
}: { readonly average?: Of } = {}): Metric<Of extends 'macro' ? 'multiLabelF1' : 'microMultiLabelF1'> {
  if (average !== 'macro' && average !== 'micro')
    throw new Error(`multiLabelF1 wants an average of "macro" or "micro", got ${JSON.stringify(average)}.`);
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
/** Mean over labels of the area under precision over recall, each label a yes or no of its own; labels of no sample are left out. */
export const meanAveragePrecision = (): Metric<'meanAveragePrecision'> =>
  ofLabels('meanAveragePrecision', (scores) =>
    mean(
      scores
        .perLabel()
        .filter(({ samples }) => samples > 0)
        .map(({ averagePrecision }) => averagePrecision),
    ),
  );
/** Share of samples all of whose labels are right, each label a yes or no of its own. */
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
