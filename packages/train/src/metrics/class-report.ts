import type { ClassScores, ConfusionMatrix } from './confusion-matrix.ts';

/** Scores of one class. */
export interface ClassReportRow extends ClassScores {
  readonly label: string;
  /** The class most often predicted instead; left out if there are no mistakes. */
  readonly confusedWith?: { readonly label: string; readonly samples: number };
}

/** Scores of each class, lowest F1 first. */
export interface ClassReport {
  readonly rows: readonly ClassReportRow[];
  readonly accuracy: number;
  readonly samples: number;
}

/**
 * Computes scores of each class from a confusion matrix. Classes that do not occur come last.
 * @throws if the number of labels differs from the number of classes
 */
export function classReport(
  matrix: ConfusionMatrix,
  labels: readonly string[] = Array.from({ length: matrix.classes }, (_, k) => String(k)),
): ClassReport {
  if (labels.length !== matrix.classes)
    throw new Error(`classReport got ${labels.length} labels for ${matrix.classes} classes. Pass one label per class.`);
  const worst = new Map<number, { readonly answer: number; readonly samples: number }>();
  for (const [truth, answer, samples] of matrix.entries()) {
    const known = worst.get(truth);
    const isWorse = !known || samples > known.samples || (samples === known.samples && answer < known.answer);
    if (truth !== answer && isWorse) worst.set(truth, { answer, samples });
  }
  const rows = matrix.perClass().map((scores, k): ClassReportRow => {
    const { answer = 0, samples = 0 } = worst.get(k) ?? {};
    return { label: labels[k]!, ...scores, ...(samples > 0 && { confusedWith: { label: labels[answer]!, samples } }) };
  });
  const { recall: accuracy, samples } = matrix.overall();
  return {
    rows: rows.sort((a, b) => Number(a.samples === 0) - Number(b.samples === 0) || a.f1 - b.f1),
    accuracy,
    samples,
  };
}

/** The classes with the lowest F1, among those that occur. */
export function worstClasses({ rows }: ClassReport, count = 3): readonly ClassReportRow[] {
  if (!(Number.isInteger(count) && count >= 1))
    throw new Error(`worstClasses expects "count" to be an integer of 1 or more, got ${count}.`);
  return rows.filter(({ samples }) => samples > 0).slice(0, count);
}

/** Formats a report as a text table with one line per class, with dashes for classes that do not occur. */
export function describeClassReport({ rows, accuracy, samples }: ClassReport): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const table = [
    ['class', 'precision', 'recall', 'F1', 'samples', 'most confused with'],
    ...rows.map((row) => [
      row.label,
      ...[row.precision, row.recall, row.f1].map((score) => (row.samples ? percent(score) : '–')),
      String(row.samples),
      row.confusedWith ? `${row.confusedWith.label} (${row.confusedWith.samples})` : '',
    ]),
  ];
  const widths = table[0]!.map((_, column) => table.reduce((most, cells) => Math.max(most, cells[column]!.length), 0));
  const lines = table.map((cells) =>
    cells
      .map((cell, i) => (i === 0 || i === cells.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `accuracy ${percent(accuracy)} on ${samples} samples`].join('\n');
}
