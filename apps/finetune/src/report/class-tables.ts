import type { ClassReport, ConfusionMatrix } from '@graft/train';
import { percent } from '../quantities.ts';
import { type Markup, markup } from './markup.ts';

/** Classes for which a confusion matrix can be taken in. */
const mostShown = 40;

/** How well each class is told from the others, and whom each is taken for. */
export const classTables = (report: ClassReport, matrix: ConfusionMatrix, classes: readonly string[]): Markup =>
  markup`<div class="tables">${scoreTable(report)}${classes.length <= mostShown ? confusionTable(matrix, classes) : markup`<p>${classes.length} classes are too many to show whom each was taken for.</p>`}</div>`;

const scoreTable = ({
  rows,
}: ClassReport): Markup => markup`<div class="scroll" tabindex="0" role="region" aria-label="Scores of each class"><table><thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">images</th><th scope="col">most taken for</th></tr></thead><tbody>
${rows.map((row) => markup`<tr><th scope="row" class="name">${row.label}</th><td>${percent(row.precision)}</td><td>${percent(row.recall)}</td><td>${percent(row.f1)}</td><td>${row.samples}</td><td class="wide">${row.confusedWith ? `${row.confusedWith.label} (${row.confusedWith.samples})` : '–'}</td></tr>`)}</tbody></table></div>`;

function confusionTable(matrix: ConfusionMatrix, classes: readonly string[]): Markup {
  // A class of style for each tenth, as no style of its own is let through to a cell.
  const cell = (truth: number, answer: number, all: number): Markup => {
    const count = matrix.at(truth, answer);
    return markup`<td class="${truth === answer ? 'hit' : 'miss'} shade-${all ? Math.ceil((10 * count) / all) : 0}">${count || '·'}</td>`;
  };
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="What each class was taken for"><table class="confusion"><caption>Rows are what images are, columns what they were taken for.</caption><thead><tr><td></td>${classes.map((name) => markup`<th scope="col" class="name">${name}</th>`)}</tr></thead><tbody>
${classes.map((name, truth) => {
  const all = classes.reduce((sum, _, answer) => sum + matrix.at(truth, answer), 0);
  return markup`<tr><th scope="row" class="name">${name}</th>${classes.map((_, answer) => cell(truth, answer, all))}</tr>`;
})}</tbody></table></div>`;
}
