import { type Markup, markup } from './markup.ts';

/** A table that scrolls horizontally if it is too wide. The first cell of each row is its header. */
export const htmlTable = (
  label: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Markup => markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${head.map((name) => (name ? markup`<th scope="col">${name}</th>` : markup`<td></td>`))}</tr></thead><tbody>
${rows.map(([name, ...cells]) => markup`<tr><th scope="row" class="name">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
