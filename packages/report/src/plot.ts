import { type Markup, markup } from './markup.ts';

/** Small enough for text to stay readable on a phone, where a chart fills the width of the page. */
export const [width, height, left, right, top, bottom] = [360, 200, 54, 12, 12, 34];
export const [innerWidth, innerHeight] = [width - left - right, height - top - bottom];

/** Horizontal grid lines with their values, tick labels below, and the name of the x axis. */
export const axes = (
  vertical: readonly (readonly [y: number, text: string])[],
  horizontal: readonly (readonly [x: number, text: string])[],
  name: string,
): Markup => markup`<g class="axes">
${vertical.map(([y, text]) => markup`<line x1="${left}" x2="${width - right}" y1="${round(y)}" y2="${round(y)}"/><text x="${left - 6}" y="${round(y + 4)}" text-anchor="end">${text}</text>`)}
${horizontal.map(([x, text], i) => markup`<text x="${round(x)}" y="${height - bottom + 16}" text-anchor="${i === 0 ? 'start' : i === horizontal.length - 1 ? 'end' : 'middle'}">${text}</text>`)}
<text x="${left + innerWidth / 2}" y="${height - 4}" text-anchor="middle">${name}</text></g>`;

/** Minimum and maximum of the finite values, widened if all are equal. */
export function rangeOf(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

export const round = (value: number): number => Math.round(10 * value) / 10;
