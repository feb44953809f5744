import { textCell } from '@graft/data';
import { crossEntropy } from '@graft/layers';
import {
  type Evaluation,
  type Label,
  counted,
  duration,
  escapeMarkdown,
  interval,
  markdownTable,
  markup,
  percent,
  type ReportedRejection,
  shortNumber,
} from '@graft/report';
import { softmax } from '@graft/tensor';
import {
  accuracy,
  balancedAccuracy,
  bestOf,
  type ClassReport,
  classReport,
  ConfusionMatrix,
  describeClassReport,
} from '@graft/train';
import { heldOutSentence } from '../held-out-sentence.ts';
import type { Objective } from '../objective.ts';
import { unevenClasses } from '../uneven-classes.ts';
import { expectNoSeparator, readTargets } from '../read-targets.ts';
import { calibrationSection } from '../sections/calibration-section.ts';
import { classesSection, classTables, confusionOf } from '../sections/classes-section.ts';
import { featureMapSection } from '../sections/feature-map-section.ts';
import { labelErrorsSection } from '../sections/label-errors-section.ts';
import { lookAlikesSection } from '../sections/look-alikes-section.ts';
import { probabilitiesOf } from '../sections/probabilities.ts';

/** Predicts one class per example. Classes come from folder names or a table column. */
export const classification: Objective = {
  name: 'classification',
  noun: ['class', 'classes'],
  outputName: 'logits',
  metrics: [accuracy()],
  balanced: balancedAccuracy(),
  exclusive: true,
  preserves: { extent: false, colour: false },
  score: 'accuracy',
  fractions: true,
  titles: { accuracy: 'accuracy', balancedAccuracy: 'balanced accuracy' },
  show: (_, value) => percent(value),
  targets(examples, columns) {
    expectNoSeparator(examples, 'classification reads one class per example');
    if (columns && !examples.columns)
      throw new Error(
        `The option targets selects table columns, but "${examples.root}" is not a table. Remove the option, or use a table (.csv or .jsonl).`,
      );
    if (columns && columns.length !== 1)
      throw new Error(
        `Classification expects one column of class names, got ${columns.length} (${columns.join(', ')}). Select one, or use the objective multilabel.`,
      );
    const column = columns?.[0] ?? 'label';
    const { targets, problems } = readTargets(examples, (fields) => textCell(fields, column, 'targets'));
    const names = examples.classes ?? [...new Set(targets.filter((name) => name !== undefined))].sort();
    const numbers = new Map(names.map((name, label) => [name, label]));
    return {
      names,
      labels: targets.map((name) => (name === undefined ? undefined : numbers.get(name)!)),
      problems,
      ...(columns && { columns }),
    };
  },
  columnsFor: (_, columns) => columns,
  strata: (labels) => labels as readonly number[],
  learning: (names, labels) => ({
    outputs: names.length,
    link: 'softmax',
    classCounts: countsOf(labels, names.length),
    finish: (head) => head,
    loss: (chosen) => chosen ?? crossEntropy(),
  }),
  activate: softmax,
  columns: ['prediction', 'confidence', 'runners-up'],
  predict(values, names, top) {
    const ranked = Array.from(values, (probability, k) => ({ name: names[k]!, probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, top);
    const [best, ...others] = ranked;
    return {
      json: { classes: ranked },
      text: best!.name,
      row: [
        best!.name,
        percent(best!.probability),
        others.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', '),
      ],
    };
  },
  verdict(values, label, names) {
    const best = bestOf(values);
    return { prediction: names[best]!, truth: names[label as number]!, correct: best === label };
  },
  distance: () => (values, label) => -Math.log(Math.max(probabilitiesOf(values)[label as number]!, 1e-12)),
  compare(values, label, names) {
    const [best, truth, shares] = [bestOf(values), label as number, probabilitiesOf(values)];
    return best === truth
      ? `${names[truth]!} (${percent(shares[truth]!)}), correct`
      : `predicted ${names[best]!} (${percent(shares[best]!)}), true class ${names[truth]!} (${percent(shares[truth]!)})`;
  },
  evaluator(names) {
    const matrix = new ConfusionMatrix(names.length);
    return {
      add: (outputs, labels) => matrix.add(outputs, labels),
      result() {
        const report = classReport(matrix, names);
        return {
          score: report.accuracy,
          samples: report.samples,
          head: ['class', 'precision', 'recall', 'F1', 'examples'],
          rows: report.rows.map(({ label, precision, recall, f1, samples }) => [
            label,
            ...[precision, recall, f1].map((score) => (samples ? percent(score) : '–')),
            String(samples),
          ]),
          json: report,
          text: describeClassReport(report),
        };
      },
      tables: () => classTables(classReport(matrix, names), matrix, names),
    };
  },
  headline({ evaluation, noun: [one], seconds, names, trainingLabels }) {
    const { score, samples } = evaluation;
    const [low, high] = interval(Math.round(score * samples), samples);
    if (unevenClasses(countsOf(trainingLabels, names.length)))
      return markup`<strong>${percent(meanRecall(evaluation))}</strong> balanced accuracy on ${counted(samples, `held-out ${one}`)}, as the classes are uneven <span>(accuracy ${percent(score)}, 95 % confidence interval ${percent(low)} to ${percent(high)}; ${duration(seconds)} of training)</span>`;
    return markup`<strong>${percent(score)}</strong> accuracy on ${counted(samples, `held-out ${one}`)} <span>(95 % confidence interval ${percent(low)} to ${percent(high)}; ${duration(seconds)} of training)</span>`;
  },
  sections: [classesSection, labelErrorsSection, lookAlikesSection, calibrationSection, featureMapSection],
  card(run) {
    const {
      names,
      evaluation,
      trainingLabels,
      examples,
      noun: [one, many],
    } = run;
    const { rows } = classReport(confusionOf(run), names);
    const fewest = rows.reduce((least, { samples }) => Math.min(least, samples), Infinity);
    const [training, heldOut] = [trainingLabels, examples.map(({ label }) => label)].map((labels) =>
      countsOf(labels, names.length),
    );
    const confused = rows
      .flatMap(({ label, samples, confusedWith }) => (confusedWith ? [{ label, of: samples, as: confusedWith }] : []))
      .sort((a, b) => b.as.samples - a.as.samples)[0];
    return {
      kind: `A classifier for ${many} with ${names.length} classes`,
      outputs: 'one logit per class; `labels.txt` lists the classes in order',
      data: `${markdownTable(
        ['class', `training ${many}`, `held-out ${many}`],
        names.map((label, k) => [label, String(training![k]), String(heldOut![k])]),
      )}\n\n${heldOutSentence(run, 'the same data, stratified by class')}`,
      scores:
        evaluation &&
        `${unevenClasses(training!) ? `Balanced accuracy ${percent(meanRecall(evaluation))}. ` : ''}${accuracyText(evaluation, one)}.

${markdownTable(
  ['class', 'precision', 'recall', 'F1'],
  rows.map((row) => [
    row.label,
    ...[row.precision, row.recall, row.f1].map((score) => (row.samples ? percent(score) : '–')),
  ]),
)}`,
      limits: [
        run.rejection
          ? refusals(run.rejection, one, many)
          : `It always predicts one of its classes, even for unrelated ${many}.`,
        ...(evaluation && fewest < 20
          ? [`Some classes have only ${counted(fewest, `held-out ${one}`)}: their scores are uncertain.`]
          : []),
        ...(confused
          ? [
              `Its most common mistake is to predict ${escapeMarkdown(confused.as.label)} for ${escapeMarkdown(confused.label)}: ${confused.as.samples} of ${confused.of}.`,
            ]
          : []),
      ],
    };
  },
  usage: 'console.log(labels[outputs.indexOf(Math.max(...outputs))]);',
};

/** `Accuracy 93.1 % on 120 held-out images (95 % confidence interval …)`. */
function accuracyText({ score, samples }: Evaluation, one: string): string {
  const [low, high] = interval(Math.round(score * samples), samples);
  return `Accuracy ${percent(score)} on ${counted(samples, `held-out ${one}`)} (95 % confidence interval ${percent(low)} to ${percent(high)})`;
}

/** How a model refuses unknown inputs, for its card. */
function refusals(
  { confidence, distance, known, knownRefused, unknown }: ReportedRejection,
  one: string,
  many: string,
): string {
  const measured = unknown
    ? `of ${counted(unknown.examples, `unknown ${one}`)}, ${percent(unknown.refused)} are refused`
    : `how many unknown ${many} are refused has not been measured`;
  return `\`graft predict\` refuses ${many} as unknown if the greatest probability is below ${shortNumber(confidence)}, or the features are more than ${shortNumber(distance)} from those of the training ${many}: ${knownRefused} of ${counted(known.length, `held-out ${one}`)}; ${measured}. The ONNX file alone always predicts one of its classes; its metadata has the thresholds under \`rejection\`.`;
}

/** The balanced accuracy: mean recall of the classes that occur. */
function meanRecall({ json }: Evaluation): number {
  const rows = (json as ClassReport).rows.filter(({ samples }) => samples > 0);
  return rows.reduce((sum, { recall }) => sum + recall / rows.length, 0);
}

/** The number of examples of each class. */
function countsOf(labels: readonly Label[], classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of labels) counts[label as number]!++;
  return counts;
}
