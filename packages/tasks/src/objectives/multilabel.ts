import { type Examples, flagCell, namesCell } from '@graft/data';
import { binaryCrossEntropyWithLogits } from '@graft/layers';
import { counted, duration, type Label, markdownTable, markup, percent, textTable } from '@graft/report';
import { sigmoid } from '@graft/tensor';
import { exactMatch, LabelScores, meanAveragePrecision, multiLabelF1 } from '@graft/train';
import { heldOutSentence } from '../held-out-sentence.ts';
import type { Objective } from '../objective.ts';
import { expectColumns, expectNoSeparator, readTargets } from '../read-targets.ts';
import { labelPairsSection } from '../sections/label-pairs-section.ts';
import { thresholdsSection } from '../sections/thresholds-section.ts';
import { rarestLabels } from './strata.ts';

/** Maximum number of targets, one for each label of each example: 1 GiB. */
const mostTargets = 2 ** 28;

/** Predicts any number of labels per example. A table lists them in one column, or has a column of 0 and 1 for each. */
export const multilabel: Objective = {
  name: 'multilabel',
  noun: ['label', 'labels'],
  outputName: 'logits',
  metrics: [multiLabelF1(), meanAveragePrecision(), exactMatch()],
  exclusive: false,
  preserves: { extent: false, colour: true },
  score: 'multiLabelF1',
  fractions: true,
  titles: { multiLabelF1: 'macro F1', meanAveragePrecision: 'mean average precision', exactMatch: 'exact match' },
  show: (_, value) => percent(value),
  targets(examples, columns) {
    expectColumns(examples, 'Multilabel', 'path and labels');
    const column = columns?.length === 1 ? columns[0]! : 'labels';
    const flags = columns && columns.length > 1 ? columns : undefined;
    if (flags) expectNoSeparator(examples, 'each label has a column of its own');
    const given = examples.reading?.labelSeparator;
    const separator = given ?? separatorOf(examples, column);
    const { targets, problems } = readTargets(examples, (fields) =>
      flags ? flags.filter((one) => flagCell(fields, one, 'targets')) : namesCell(fields, column, 'targets', separator),
    );
    const names = flags ?? [...new Set(targets.flatMap((list) => list ?? []))].sort();
    if (!names.length)
      throw new Error(
        `"${examples.root}" has no labels in "${column}". Select another column with the option targets.`,
      );
    if (names.length * targets.length > mostTargets)
      throw new Error(
        `"${examples.root}" has ${names.length} labels for ${targets.length} examples, which is more than ${mostTargets} targets. Use fewer labels, or the objective classification.`,
      );
    const labels = targets.map((list) => {
      const own = list && new Set(list);
      return own && Float32Array.from(names, (name) => Number(own.has(name)));
    });
    const warnings = flags
      ? []
      : doubtful(targets, { column, separator, root: examples.root, isGiven: given !== undefined });
    return { names, labels, problems, ...(columns && { columns }), ...(warnings.length && { warnings }) };
  },
  columnsFor: (_, columns) => columns,
  strata: (labels, parts) => rarestLabels(labels as readonly Float32Array[], parts),
  learning: (names) => ({
    outputs: names.length,
    link: 'sigmoid',
    finish: (head) => head,
    loss: (chosen) => chosen ?? binaryCrossEntropyWithLogits(),
  }),
  activate: sigmoid,
  columns: ['predictions', 'below 50 %'],
  predict(values, names, top) {
    const ranked = Array.from(values, (probability, k) => ({ name: names[k]!, probability })).sort(
      (a, b) => b.probability - a.probability,
    );
    const [yes, no] = [
      ranked.filter(({ probability }) => probability > 0.5),
      ranked.filter(({ probability }) => !(probability > 0.5)),
    ];
    const listed = (some: typeof ranked): string =>
      some.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ');
    return {
      json: { labels: yes.map(({ name }) => name), classes: ranked },
      text: yes.map(({ name }) => name).join('|'),
      row: [listed(yes) || '–', listed(no.slice(0, top))],
    };
  },
  verdict(values, label, names) {
    const named = (has: (k: number) => boolean): string => names.filter((_, k) => has(k)).join(', ') || 'none';
    const [prediction, truth] = [named((k) => values[k]! > 0), named((k) => (label as Float32Array)[k] === 1)];
    return { prediction, truth, correct: prediction === truth };
  },
  // Binary cross-entropy, summed over labels.
  distance: () => (values, label) =>
    values.reduce(
      (sum, logit, k) =>
        sum + Math.max(logit, 0) - logit * (label as Float32Array)[k]! + Math.log1p(Math.exp(-Math.abs(logit))),
      0,
    ),
  compare(values, label, names) {
    const named = (which: (yes: boolean, is: boolean) => boolean): string =>
      names
        .flatMap((name, k) =>
          which(values[k]! > 0, (label as Float32Array)[k] === 1)
            ? [`${name} (${percent(1 / (1 + Math.exp(-values[k]!)))})`]
            : [],
        )
        .join(', ');
    const [missed, added, found] = [
      named((yes, is) => is && !yes),
      named((yes, is) => yes && !is),
      named((yes, is) => yes && is),
    ];
    return (
      [missed && `missed ${missed}`, added && `wrongly predicted ${added}`, found && `correct ${found}`]
        .filter(Boolean)
        .join(' · ') || 'no labels, correct'
    );
  },
  evaluator(names) {
    const scores = new LabelScores(names.length);
    const running = multilabel.metrics.map(({ name, start }) => ({ name, ...start() }));
    return {
      add(outputs, labels) {
        scores.add(outputs, labels);
        for (const metric of running) metric.add(outputs, labels);
      },
      result() {
        const metrics = Object.fromEntries(running.map(({ name, result }) => [name, result()]));
        const rows = scores
          .perLabel()
          .map((score, k) => ({ label: names[k]!, ...score }))
          .sort((a, b) => a.f1 - b.f1);
        const head = ['label', 'precision', 'recall', 'F1', 'average precision', 'examples'];
        const cells = rows.map(({ label, precision, recall, f1, averagePrecision, samples }) => [
          label,
          percent(precision),
          percent(recall),
          percent(f1),
          samples ? percent(averagePrecision) : '–',
          String(samples),
        ]);
        const text = `${textTable(head, cells)}\n${Object.entries(metrics)
          .map(([name, value]) => `${multilabel.titles[name]!} ${percent(value)}`)
          .join(' · ')}, on ${counted(scores.samples, 'example')}`;
        return {
          score: metrics[multilabel.score]!,
          samples: scores.samples,
          head,
          rows: cells,
          json: { ...metrics, samples: scores.samples, rows },
          text,
        };
      },
    };
  },
  headline: ({ evaluation: { score, samples }, noun: [one], seconds }) =>
    markup`macro F1 <strong>${percent(score)}</strong> on ${counted(samples, `held-out ${one}`)} <span>(${duration(seconds)} of training)</span>`,
  sections: [thresholdsSection, labelPairsSection],
  card(run) {
    const {
      names,
      evaluation,
      trainingLabels,
      examples,
      noun: [one, many],
    } = run;
    const having = (labels: readonly Label[], k: number): number =>
      labels.filter((label) => (label as Float32Array)[k] === 1).length;
    const heldOut = examples.map(({ label }) => label);
    const fewest = names.reduce((least, _, k) => Math.min(least, having(heldOut, k)), Infinity);
    return {
      kind: `A multi-label classifier for ${many} with ${counted(names.length, 'label')}`,
      outputs: 'one logit per label, above 0 if the label applies; `labels.txt` lists the labels in order',
      data: `${markdownTable(
        ['label', `training ${many}`, `held-out ${many}`],
        [
          ...names.map((name, k) => [name, String(having(trainingLabels, k)), String(having(heldOut, k))]),
          [`all ${many}`, String(trainingLabels.length), String(examples.length)],
        ],
      )}\n\n${heldOutSentence(run, 'the same table')}`,
      scores:
        evaluation &&
        `Macro F1 ${percent(evaluation.score)} on ${counted(evaluation.samples, `held-out ${one}`)}.\n\n${markdownTable(evaluation.head, evaluation.rows)}`,
      limits: [
        'It predicts only these labels and ignores everything else.',
        ...(evaluation && fewest < 20
          ? [`Some labels have only ${counted(fewest, `held-out ${one}`)}: their scores are uncertain.`]
          : []),
      ],
    };
  },
  usage: "console.log(labels.filter((_, k) => outputs[k] > 0).join(', ') || 'none');",
};

/** What separates labels in a column: a bar or, if no cell has one, a semicolon, a comma, or still a bar. */
const separatorOf = ({ list }: Examples, column: string): string =>
  ['|', ';', ','].find((one) =>
    list.some(
      ({ fields: { [column]: cell } }) => typeof cell === 'string' && !/^\s*\[/.test(cell) && cell.includes(one),
    ),
  ) ?? '|';

/** Warnings about a column of labels that may be something else. */
function doubtful(
  targets: readonly (readonly string[] | undefined)[],
  {
    column,
    separator,
    root,
    isGiven,
  }: { readonly column: string; readonly separator: string; readonly root: string; readonly isGiven: boolean },
): string[] {
  const known = targets.filter((list) => list !== undefined);
  const isUnique = known.length > 3 && new Set(known.flat()).size === known.flat().length && known.flat().length > 3;
  return [
    ...(isGiven || separator === '|'
      ? []
      : [
          `The labels in the column "${column}" of "${root}" are separated by "${separator}". If that is wrong, set the option labelSeparator.`,
        ]),
    ...(isUnique
      ? [
          `No label in the column "${column}" of "${root}" occurs twice, so nothing can be learned from it. Select another column with the option targets.`,
        ]
      : []),
  ];
}
