import { dirname } from 'node:path';
import { multiLabelTable } from '@graft/data/node';
import { binaryCrossEntropyWithLogits } from '@graft/layers';
import { sigmoid } from '@graft/tensor';
import { exactMatch, LabelScores, meanAveragePrecision, multiLabelF1 } from '@graft/train';
import { counted, percent } from '../quantities.ts';
import { table } from '../table.ts';
import { rarestLabels } from './strata.ts';
import { wantTable } from './want-table.ts';
import type { Task } from './task.ts';

/** Any number of classes an image, each a yes or no of its own: a table with the columns path and labels, or a column of 0 and 1 for each class. */
export const multilabel: Task = {
  name: 'multilabel',
  async open(path, targets) {
    const found = await wantTable('multilabel', path, 'path and labels', () =>
      multiLabelTable(
        path,
        targets && (targets.length === 1 ? { labelColumn: targets[0]! } : { classColumns: targets }),
      ),
    );
    return {
      root: dirname(path),
      classes: found.names,
      ignored: [],
      rows: found.quarantined,
      length: found.length,
      get: (index) => found.get(index),
      strata: (indices, parts) =>
        rarestLabels(
          indices.map((index) => found.targets[index]!),
          parts,
        ),
    };
  },
  learning: () => ({ finish: (head) => head, loss: (chosen) => chosen ?? binaryCrossEntropyWithLogits() }),
  metrics: [multiLabelF1(), meanAveragePrecision(), exactMatch()],
  score: 'multiLabelF1',
  shares: true,
  titles: { multiLabelF1: 'macro F1', meanAveragePrecision: 'mean average precision', exactMatch: 'exact match' },
  show: (_, value) => percent(value),
  activate: sigmoid,
  head: ['answer', 'else'],
  answer(values, classes, top) {
    const ranked = Array.from(values, (probability, k) => ({ name: classes[k]!, probability })).sort(
      (a, b) => b.probability - a.probability,
    );
    const [yes, no] = [
      ranked.filter(({ probability }) => probability > 0.5),
      ranked.filter(({ probability }) => !(probability > 0.5)),
    ];
    const said = (some: typeof ranked): string =>
      some.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ');
    return {
      json: { labels: yes.map(({ name }) => name), classes: ranked },
      text: yes.map(({ name }) => name).join('|'),
      row: [said(yes) || '–', said(no.slice(0, top))],
    };
  },
  say(values, label, classes) {
    const named = (has: (k: number) => boolean): string => classes.filter((_, k) => has(k)).join(', ') || 'none';
    const [answer, truth] = [named((k) => values[k]! > 0), named((k) => (label as Float32Array)[k] === 1)];
    return { answer, truth, right: answer === truth };
  },
  // Binary cross-entropy, summed over labels.
  distance: () => (values, label) =>
    values.reduce(
      (sum, logit, k) =>
        sum + Math.max(logit, 0) - logit * (label as Float32Array)[k]! + Math.log1p(Math.exp(-Math.abs(logit))),
      0,
    ),
  compare(values, label, classes) {
    const named = (wanted: (yes: boolean, is: boolean) => boolean): string =>
      classes
        .flatMap((name, k) =>
          wanted(values[k]! > 0, (label as Float32Array)[k] === 1)
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
      [missed && `missed ${missed}`, added && `wrongly ${added}`, found && `right ${found}`]
        .filter(Boolean)
        .join(' · ') || 'none, right'
    );
  },
  judge(classes) {
    const scores = new LabelScores(classes.length);
    const running = multilabel.metrics.map(({ name, start }) => ({ name, ...start() }));
    return {
      add(outputs, labels) {
        scores.add(outputs, labels);
        for (const metric of running) metric.add(outputs, labels);
      },
      report() {
        const metrics = Object.fromEntries(running.map(({ name, result }) => [name, result()]));
        const rows = scores
          .perLabel()
          .map((score, k) => ({ label: classes[k]!, ...score }))
          .sort((a, b) => a.f1 - b.f1);
        const head = ['label', 'precision', 'recall', 'F1', 'average precision', 'images'];
        const cells = rows.map(({ label, precision, recall, f1, averagePrecision, samples }) => [
          label,
          percent(precision),
          percent(recall),
          percent(f1),
          samples ? percent(averagePrecision) : '–',
          String(samples),
        ]);
        const text = `${table(head, cells)}\n${Object.entries(metrics)
          .map(([name, value]) => `${multilabel.titles[name]!} ${percent(value)}`)
          .join(' · ')}, on ${counted(scores.samples, 'image')}`;
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
};
