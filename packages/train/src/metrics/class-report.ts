import type { ClassScores, ConfusionMatrix } from './confusion-matrix.ts';

/** How well one class is told from the others. */
export interface ClassReportRow extends ClassScores {
  readonly label: string;
  /** The class it is most often taken for, where it is. */
  readonly confusedWith?: { readonly label: string; readonly samples: number };
}

/** How well each class is told from the others, the worst F1 first. */
export interface ClassReport {
  readonly rows: readonly ClassReportRow[];
  readonly accuracy: number;
  readonly samples: number;
}

/**
 * A report of a confusion matrix, class by class; classes that do not occur come last.
 * @throws where there is not a label for each class
 */
export function classReport(
  matrix: ConfusionMatrix,
  labels: readonly string[] = Array.from({ length: matrix.classes }, (_, k) => String(k)),
): ClassReport {
  if (labels.length !== matrix.classes)
    throw new Error(`classReport got ${labels.length} labels for ${matrix.classes} classes. Give one for each.`);
  const rows = matrix.perClass().map((scores, k): ClassReportRow => {
    const others = labels.map((label, answer) => ({ label, samples: answer === k ? 0 : matrix.at(k, answer) }));
    const worst = others.reduce((a, b) => (b.samples > a.samples ? b : a));
    return { label: labels[k]!, ...scores, ...(worst.samples > 0 && { confusedWith: worst }) };
  });
  const { recall: accuracy, samples } = matrix.overall();
  return {
    rows: rows.sort((a, b) => Number(a.samples === 0) - Number(b.samples === 0) || a.f1 - b.f1),
    accuracy,
    samples,
  };
}

/** The classes that are told from the others worst, of those that occur. */
export function worstClasses({ rows }: ClassReport, count = 3): readonly ClassReportRow[] {
  if (!(Number.isInteger(count) && count >= 1))
    throw new Error(`worstClasses wants a number of classes, 1 or more, got ${count}.`);
  return rows.filter(({ samples }) => samples > 0).slice(0, count);
}

/** The report as a table of text, one line a class. */
export function describeClassReport({ rows, accuracy, samples }: ClassReport): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const table = [
    ['class', 'precision', 'recall', 'F1', 'samples', 'most taken for'],
    ...rows.map((row) => [
      row.label,
      percent(row.precision),
      percent(row.recall),
      percent(row.f1),
      String(row.samples),
      row.confusedWith ? `${row.confusedWith.label} (${row.confusedWith.samples})` : '',
    ]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  const lines = table.map((cells) =>
    cells
      .map((cell, i) => (i === 0 || i === cells.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `${percent(accuracy)} of ${samples} samples right`].join('\n');
}
