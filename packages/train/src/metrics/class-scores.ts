import type { Metric } from '../metric.ts';
import { type ClassScores, ConfusionMatrix } from './confusion-matrix.ts';
import { classesOf } from './each-answer.ts';

/** How scores of classes become one: their mean, all samples as one, their mean weighted by samples, or one class's. */
export type Average = 'macro' | 'micro' | 'weighted' | { readonly class: number };

export interface ClassScoreOptions {
  /** Default 'macro': every class counts alike. Classes that neither occur nor are answered are left out. */
  readonly average?: Average;
  /** A class index that counts for nothing, such as 255 for "no label here". */
  readonly ignoreIndex?: number;
}

/** What a score is called: `f1`, `microF1`, `class2F1`. */
type ScoreName<Name extends string, Options> = Options extends { readonly average: infer Of }
  ? Of extends 'macro'
    ? Name
    : Of extends 'micro' | 'weighted'
      ? `${Of}${Capitalize<Name>}`
      : `class${number}${Capitalize<Name>}`
  : Name;
/** Makes a metric of class scores; its name says what they are an average of. */
type ClassScoreOf<Name extends string> = <Options extends ClassScoreOptions = object>(
  options?: Options,
) => Metric<ScoreName<Name, Options>>;

/** Share of answers that are right, by class. */
export const precision: ClassScoreOf<'precision'> = (options) => classScore('precision', 'precision', options);
/** Share of samples that are found, by class. */
export const recall: ClassScoreOf<'recall'> = (options) => classScore('recall', 'recall', options);
/** Harmonic mean of precision and recall, by class. */
export const f1: ClassScoreOf<'f1'> = (options) => classScore('f1', 'f1', options);
/** Intersection over union of each class's region, averaged: outputs [batch, classes, ...], a class for each place. */
export const meanIou: ClassScoreOf<'meanIou'> = (options) => classScore('meanIou', 'iou', options);
/** Dice's coefficient of each class's region, averaged: outputs [batch, classes, ...], a class for each place. */
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
      `${name} wants an average of "macro", "micro", "weighted" or { class: 1 }, got ${JSON.stringify(average)}.`,
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
              `${name} is to watch class ${average.class}, but the model has ${matrix.classes} classes (0 to ${matrix.classes - 1}).`,
            );
          matrix.add(outputs, targets, ignoreIndex);
        },
        result: () => (matrix ? averaged(matrix, average, score) : Number.NaN),
        save: () => matrix && { classes: matrix.classes, counts: [...matrix.counts] },
        restore(saved) {
          if (!saved) return;
          const { classes, counts } = saved as { classes: number; counts: number[] };
          matrix = new ConfusionMatrix(classes);
          matrix.counts.set(counts);
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
    average === 'weighted' ? samples : Number(samples > 0 || classes.some((_, truth) => matrix.at(truth, k) > 0)),
  );
  const whole = weights.reduce((a, b) => a + b, 0);
  return whole ? classes.reduce((sum, scores, k) => sum + scores[score] * weights[k]!, 0) / whole : Number.NaN;
}
