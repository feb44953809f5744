import { dirname } from 'node:path';
import { imageFolder, type ImageFolder, imageTable } from '@graft/data/node';
import { crossEntropy } from '@graft/layers';
import { softmax } from '@graft/tensor';
import { accuracy, bestOf, classReport, ConfusionMatrix, describeClassReport } from '@graft/train';
import { percent } from '../quantities.ts';
import { isTable, wantTable } from './want-table.ts';
import type { Task } from './task.ts';

/** One class an image: class folders, or a table with the columns path and label. */
export const classification: Task = {
  name: 'classification',
  async open(path, targets) {
    const rows: Awaited<ReturnType<typeof imageTable>>['quarantined'][number][] = [];
    let folder: ImageFolder;
    if (isTable(path)) {
      if (targets && targets.length !== 1)
        throw new Error(
          `--task classification takes one column of class names, and --targets has ${targets.length}. Give one, or --task multilabel.`,
        );
      const table = await wantTable('classification', path, 'path and label', () =>
        imageTable(path, targets && { labelColumn: targets[0]! }),
      );
      rows.push(...table.quarantined);
      folder = { ...table, root: dirname(path), ignored: [] };
    } else {
      if (targets)
        throw new Error(
          `--targets names columns of a table, and "${path}" is none. Leave it out, or give --data table.csv.`,
        );
      folder = await imageFolder(path);
    }
    return {
      root: folder.root,
      classes: folder.classes,
      ignored: folder.ignored,
      rows,
      length: folder.length,
      get: (index) => folder.get(index),
      strata: (indices) => indices.map((index) => folder.labels[index]!),
      classified: folder,
    };
  },
  learning: ({ classes }, learned) => ({
    classCounts: classes.map((_, label) => learned.filter((one) => one === label).length),
    finish: (head) => head,
    loss: (chosen) => chosen ?? crossEntropy(),
  }),
  metrics: [accuracy()],
  score: 'accuracy',
  shares: true,
  titles: { accuracy: 'accuracy' },
  show: (_, value) => percent(value),
  activate: softmax,
  head: ['answer', 'sure', 'else'],
  answer(values, classes, top) {
    const ranked = Array.from(values, (probability, k) => ({ name: classes[k]!, probability }))
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
  say(values, label, classes) {
    const answer = bestOf(values);
    return { answer: classes[answer]!, truth: classes[label as number]!, right: answer === label };
  },
  distance: () => (values, label) => -Math.log(Math.max(sharesOf(values)[label as number]!, 1e-12)),
  compare(values, label, classes) {
    const [answer, truth, shares] = [bestOf(values), label as number, sharesOf(values)];
    return answer === truth
      ? `${classes[truth]!}, right with ${percent(shares[truth]!)}`
      : `${classes[answer]!} with ${percent(shares[answer]!)}, is ${classes[truth]!} (${percent(shares[truth]!)})`;
  },
  judge(classes) {
    const matrix = new ConfusionMatrix(classes.length);
    return {
      add: (outputs, labels) => matrix.add(outputs, labels),
      report() {
        const report = classReport(matrix, classes);
        const rows = report.rows.map(({ label, precision, recall, f1, samples }) => [
          label,
          percent(precision),
          percent(recall),
          percent(f1),
          String(samples),
        ]);
        return {
          score: report.accuracy,
          samples: report.samples,
          head: ['class', 'precision', 'recall', 'F1', 'images'],
          rows,
          json: report,
          text: describeClassReport(report),
        };
      },
    };
  },
};

/** Softmax of one image's logits. */
function sharesOf(logits: Float32Array): Float32Array {
  const greatest = logits[bestOf(logits)]!;
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
  return logits.map((logit) => Math.exp(logit - greatest) / total);
}
