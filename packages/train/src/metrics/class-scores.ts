import type { Metric } from '../metric.ts';
import { type ClassScores, ConfusionMatrix } from './confusion-matrix.ts';
import { classesOf } from './each-answer.ts';

/** How scores of classes are combined: the mean over classes, over all samples pooled, the mean weighted by samples, or the score of one class. */
export type Average = 'macro' | 'micro' | 'weighted' | { readonly class: number };

/** Options of {@link precision}, {@link recall}, {@link f1}, {@link meanIou} and {@link meanDice}. */
export interface ClassScoreOptions {
  /** Default 'macro': all classes have equal weight. Classes that neither occur nor are predicted are left out. */
  readonly average?: Average;
  /** A target value to ignore, such as 255 for unlabelled pixels. */
  readonly ignoreIndex?: number;
}

/** Name of a score: `f1`, `microF1` or `class2F1`. */
type ScoreName<Name extends string, Options> = Options extends { readonly average: infer Of }
  ? Of extends 'macro'
    ? Name
    : Of extends 'micro' | 'weighted'
      ? `${Of}${Capitalize<Name>}`
      : `class${number}${Capitalize<Name>}`
  : Name;
/** Creates a metric from class scores. Its name includes the kind of average. */
type ClassScoreOf<Name extends string> = <Options extends ClassScoreOptions = object>(
  options?: Options,
) => Metric<ScoreName<Name, Options>>;

/** Precision: the fraction of predictions of a class that are correct. */
export const precision: ClassScoreOf<'precision'> = (options) => classScore('precision', 'precision', options);
/** Recall: the fraction of a class's samples that are predicted correctly. */
export const recall: ClassScoreOf<'recall'> = (options) => classScore('recall', 'recall', options);
/** F1: the harmonic mean of precision and recall. */
export const f1: ClassScoreOf<'f1'> = (options) => classScore('f1', 'f1', options);
/** Mean intersection over union of class regions. Outputs [batch, classes, ...], targets [batch, ...]. */
export const meanIou: ClassScoreOf<'meanIou'> = (options) => classScore('meanIou', 'iou', options);
/** Mean Dice coefficient of class regions. Outputs [batch, classes, ...], targets [batch, ...]. */
export const meanDice: ClassScoreOf<'meanDice'> = (options) => classScore('meanDice', 'f1', options);

function classScore<Name extends string>(
  name: string,
  score: Exclude<keyof ClassScores, 'samples'>,
  { average = 'macro', ignoreIndex }: ClassScoreOptions = {},
): Metric<Name> {
  if (
    typeof average === 'string' ? !['macro', 'micro', 'weighted'].includes(average) : !Number.isInteger(average?.class)
  )
    throw new Error(
      `${name} expects an average of "macro", "micro", "weighted" or { class: 1 }, got ${JSON.stringify(average)}.`,
    );
  return {
    name: (average === 'macro'
      ? name
      : `${typeof average === 'string' ? average : `class${average.class}`}${name[0]!.toUpperCase()}${name.slice(1)}`) as Name,
    greaterIsBetter: true,
    start() {
      let matrix: ConfusionMatrix | undefined;
      return {
        add(outputs, targets) {
          matrix ??= new ConfusionMatrix(classesOf(outputs));
          if (typeof average === 'object' && !(average.class >= 0 && average.class < matrix.classes))
            throw new Error(
              `${name} averages over class ${average.class}, but the model has ${matrix.classes} classes (0 to ${matrix.classes - 1}).`,
            );
          matrix.add(outputs, targets, ignoreIndex);
        },
        result: () => (matrix ? averaged(matrix, average, score) : Number.NaN),
        save: () => matrix && { classes: matrix.classes, entries: [...matrix.entries()] },
        restore(saved) {
          if (!saved) return;
          // Checkpoints of earlier versions hold the count of every pair.
          const {
            classes,
            counts = [],
            entries = counts.map((samples, i) => [Math.floor(i / classes), i % classes, samples]),
          } = saved as { classes: number; counts?: number[]; entries?: [number, number, number][] };
          matrix = new ConfusionMatrix(classes);
          for (const [truth, answer, samples] of entries) if (samples) matrix.count(truth!, answer!, samples);
        },
      };
    },
  };
}

function averaged(matrix: ConfusionMatrix, average: Average, score: Exclude<keyof ClassScores, 'samples'>): number {
  if (average === 'micro') return matrix.overall()[score];
  const classes = matrix.perClass();
  if (typeof average === 'object') return classes[average.class]![score];
  const weights = classes.map(({ samples }, k) =>
    average === 'weighted' ? samples : Number(samples > 0 || matrix.answers(k) > 0),
  );
  const whole = weights.reduce((a, b) => a + b, 0);
  return whole ? classes.reduce((sum, scores, k) => sum + scores[score] * weights[k]!, 0) / whole : Number.NaN;
}
