import { crossEntropy, type Module, Sequential } from '@graft/layers';
import { configurable } from '@graft/plugin';
import {
  counted,
  duration,
  escapeMarkdown,
  type EvaluatedExample,
  type Evaluation,
  type Label,
  markdownTable,
  markup,
  percent,
  textTable,
} from '@graft/report';
import { classification, classTables, type Objective, type Targets } from '@graft/tasks';
import { softmax } from '@graft/tensor';
import { classReport, ConfusionMatrix, type Metric } from '@graft/train';
import { eachGrade, gradeOf, type GradeRule } from './grade-of.ts';
import { OrderedThresholds } from './ordered-thresholds.ts';

/** Options of {@link ordinal}. */
export interface OrdinalOptions {
  /** Grades from the lowest to the highest. Default: sorted by name, with numbers by value. */
  readonly order?: readonly string[];
  /** How a grade is chosen from probabilities; default `median`. */
  readonly rule?: GradeRule;
}

/** The mean distance between predicted and true grades. Outputs are log-probabilities [batch, grades]. */
export const gradeError = (rule: GradeRule): Metric<'gradeError'> => ({
  name: 'gradeError',
  greaterIsBetter: false,
  start() {
    let [distance, all] = [0, 0];
    return {
      add: (outputs, targets) =>
        eachGrade(outputs, targets, rule, (grade, truth) => {
          distance += Math.abs(grade - truth);
          all++;
        }),
      result: () => distance / all,
      save: () => [distance, all],
      restore: (saved) => void ([distance, all] = saved as [number, number]),
    };
  },
});

/** The objective for ordered grades, such as poor, fair and good, where being off by one grade is a smaller error than by two. */
export function ordinal({ order, rule = 'median' }: OrdinalOptions = {}): Objective {
  if (rule !== 'median' && rule !== 'mode')
    throw new Error(`ordinal expects "rule" to be "median" or "mode", got ${JSON.stringify(rule)}.`);
  const isList =
    order === undefined || (Array.isArray(order) && order.length > 1 && new Set(order).size === order.length);
  if (!isList)
    throw new Error('ordinal expects "order" to list two or more grades, each once, from the lowest to the highest.');
  const show = (value: number): string => value.toFixed(2);
  const evaluationOf = (matrix: ConfusionMatrix, names: readonly string[]): Evaluation => {
    let [samples, distance] = [0, 0];
    const rows = names.map((grade, truth) => {
      const counts = names.map((_, predicted) => matrix.at(truth, predicted));
      const all = counts.reduce((a, b) => a + b);
      const far = counts.reduce((sum, count, predicted) => sum + count * Math.abs(predicted - truth), 0);
      samples += all;
      distance += far;
      return { grade, examples: all, exact: all ? counts[truth]! / all : null, error: all ? far / all : null };
    });
    const head = ['grade', 'examples', 'exact', 'grades off'];
    const cells = rows.map(({ grade, examples, exact, error }) => [
      grade,
      String(examples),
      percent(exact),
      error === null ? '–' : show(error),
    ]);
    const score = distance / samples;
    return {
      score,
      samples,
      head,
      rows: cells,
      json: { gradeError: score, samples, rows },
      text: `${textTable(head, cells)}\n${show(score)} grades off on average, on ${counted(samples, 'example')}`,
    };
  };
  const confusion = (
    examples: readonly Pick<EvaluatedExample, 'values' | 'label'>[],
    grades: number,
  ): ConfusionMatrix => {
    const matrix = new ConfusionMatrix(grades);
    for (const { values, label } of examples) count(matrix, gradeOf(values, rule), label as number);
    return matrix;
  };
  return {
    name: 'ordinal',
    noun: ['grade', 'grades'],
    outputName: 'logProbabilities',
    metrics: [gradeError(rule)],
    exclusive: true,
    preserves: { extent: false, colour: true },
    score: 'gradeError',
    fractions: false,
    titles: { gradeError: 'grade error' },
    show: (metric, value) => (metric === 'gradeError' ? show(value) : percent(value)),
    targets: (examples, columns) => inOrder(classification.targets(examples, columns), order, examples.root),
    columnsFor: (_, columns) => columns,
    strata: (labels) => labels as readonly number[],
    learning: (names, labels) => ({
      outputs: 1,
      finish: (head: Module) =>
        new Sequential(
          head,
          new OrderedThresholds(names.map((_, grade) => labels.filter((label) => label === grade).length)),
        ),
      loss: (chosen) => chosen ?? crossEntropy(), // log-probabilities are logits whose softmax is the same
    }),
    activate: softmax,
    columns: ['grade', 'confidence', 'probabilities'],
    predict(values, names) {
      const grade = gradeOf(values.map(Math.log), rule);
      return {
        json: {
          grade: names[grade],
          grades: names.map((name, k) => ({ name, probability: values[k] })),
        },
        text: names[grade]!,
        row: [
          names[grade]!,
          percent(values[grade]!),
          names.map((name, k) => `${name} ${percent(values[k]!)}`).join(', '),
        ],
      };
    },
    verdict(values, label, names) {
      const grade = gradeOf(values, rule);
      return { prediction: names[grade]!, truth: names[label as number]!, correct: grade === label };
    },
    // The expected distance from the true grade.
    distance: () => (values, label) =>
      values.reduce((sum, value, k) => sum + Math.exp(value) * Math.abs(k - (label as number)), 0),
    compare(values, label, names) {
      const [grade, truth] = [gradeOf(values, rule), label as number];
      return grade === truth
        ? `${names[truth]!}, correct`
        : `predicted ${names[grade]!}, is ${names[truth]!} (${counted(Math.abs(grade - truth), 'grade')} off)`;
    },
    evaluator(names) {
      const matrix = new ConfusionMatrix(names.length);
      return {
        add: (outputs, labels) => eachGrade(outputs, labels, rule, (grade, truth) => count(matrix, grade, truth)),
        result: () => evaluationOf(matrix, names),
        tables: () => classTables(classReport(matrix, names), matrix, names),
      };
    },
    headline: ({ evaluation: { score, samples }, noun: [one], seconds }) =>
      markup`<strong>${show(score)}</strong> grades off on average, on ${counted(samples, `held-out ${one}`)} <span>(${duration(seconds)} of training)</span>`,
    sections: [
      {
        name: 'grades',
        title: 'Grades',
        order: 22,
        render({ examples, names }) {
          const matrix = confusion(examples, names.length);
          return classTables(classReport(matrix, names), matrix, names);
        },
      },
    ],
    card({ names, evaluation, trainingLabels, examples, noun: [one, many] }) {
      const having = (labels: readonly Label[], grade: number): string =>
        String(labels.filter((label) => label === grade).length);
      const heldOut = examples.map(({ label }) => label);
      const heldOutSentence = heldOut.length
        ? `The held-out ${many} were chosen at random, grade by grade, from the same data; the model was not trained on them.`
        : `No ${many} were held out.`;
      return {
        kind: `A model that grades ${many} from ${escapeMarkdown(names[0]!)} to ${escapeMarkdown(names.at(-1)!)}`,
        outputs: 'the log-probability of each grade; `labels.txt` lists the grades from the lowest to the highest',
        data: `${markdownTable(
          ['grade', `training ${many}`, `held-out ${many}`],
          names.map((name, grade) => [name, having(trainingLabels, grade), having(heldOut, grade)]),
        )}\n\n${heldOutSentence}`,
        scores:
          evaluation &&
          `${show(evaluation.score)} grades off on average, on ${counted(evaluation.samples, `held-out ${one}`)}.\n\n${markdownTable(evaluation.head, evaluation.rows)}`,
        limits: [`It always predicts one of its grades, even for unrelated ${many}.`],
      };
    },
    usage:
      rule === 'mode'
        ? 'console.log(labels[outputs.indexOf(Math.max(...outputs))]);'
        : 'let sum = 0; console.log(labels[outputs.findIndex((value) => (sum += Math.exp(value)) >= 0.5)]);',
  };
}

/** The objective by name: `{ name: 'ordinal', rule: 'mode' }`. */
export const ordinalType = configurable('ordinal', ordinal, { order: 'any', rule: 'string' });

function count(matrix: ConfusionMatrix, grade: number, truth: number): void {
  matrix.count(truth, grade);
}

/** Sorts classes from the lowest to the highest grade. @throws if the data has a grade that is not in the order */
function inOrder(targets: Targets, order: readonly string[] | undefined, root: string): Targets {
  const names = order ?? targets.names.toSorted(new Intl.Collator('en', { numeric: true }).compare);
  const unknown = targets.names.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`"${root}" has the grade "${unknown}", but the order is ${names.join(', ')}. Add it to the order.`);
  const places = targets.names.map((name) => names.indexOf(name));
  return {
    ...targets,
    names,
    labels: targets.labels.map((label) => (label === undefined ? undefined : places[label as number])),
  };
}
