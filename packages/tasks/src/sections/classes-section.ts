import { type Markup, markup, percent, type ReportedRun, type ReportSection } from '@graft/report';
import { type ClassReport, classReport, ConfusionMatrix } from '@graft/train';

/** With more classes, a confusion matrix is hard to read. */
const mostShown = 40;

/** The confusion matrix of a run's held-out examples. */
export function confusionOf({ names, examples }: Pick<ReportedRun, 'names' | 'examples'>): ConfusionMatrix {
  const matrix = new ConfusionMatrix(names.length);
  for (const { values, label } of examples) matrix.add({ values, shape: [1, names.length] }, [label as number]);
  return matrix;
}

/** Scores of each class and the confusion matrix. Replaces the standard section `scores`. */
export const classesSection: ReportSection = {
  name: 'scores',
  title: 'Classes',
  order: 20,
  render(run) {
    const matrix = confusionOf(run);
    return classTables(classReport(matrix, run.names), matrix, run.names);
  },
};

/** A table of scores for each class, and the confusion matrix if there are at most 40 classes. */
export const classTables = (report: ClassReport, matrix: ConfusionMatrix, names: readonly string[]): Markup =>
  markup`<div class="tables">${scoreTable(report)}${names.length <= mostShown ? confusionTable(matrix, names) : markup`<p>${names.length} classes are too many for a confusion matrix.</p>`}</div>`;

const scoreTable = ({ rows }: ClassReport): Markup =>
  markup`<div class="scroll" tabindex="0" role="region" aria-label="Scores of each class"><table><thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">examples</th><th scope="col">most often confused with</th></tr></thead><tbody>
${rows.map((row) => markup`<tr><th scope="row" class="name">${row.label}</th>${[row.precision, row.recall, row.f1].map((score) => markup`<td>${row.samples ? percent(score) : '–'}</td>`)}<td>${row.samples}</td><td class="wide">${row.confusedWith ? `${row.confusedWith.label} (${row.confusedWith.samples})` : '–'}</td></tr>`)}</tbody></table></div>`;

function confusionTable(matrix: ConfusionMatrix, names: readonly string[]): Markup {
  // Shades are CSS classes in steps of 10 %, because the page's content security policy forbids inline styles.
  const cell = (truth: number, prediction: number, all: number): Markup => {
    const count = matrix.at(truth, prediction);
    return markup`<td class="${truth === prediction ? 'hit' : 'miss'} shade-${all ? Math.ceil((10 * count) / all) : 0}">${count || '·'}</td>`;
  };
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion"><caption>Rows are the true classes, columns the predictions.</caption><thead><tr><td></td>${names.map((name) => markup`<th scope="col" class="name">${name}</th>`)}</tr></thead><tbody>
${names.map((name, truth) => {
  const all = names.reduce((sum, _, prediction) => sum + matrix.at(truth, prediction), 0);
  return markup`<tr><th scope="row" class="name">${name}</th>${names.map((_, prediction) => cell(truth, prediction, all))}</tr>`;
})}</tbody></table></div>`;
}
