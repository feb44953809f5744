import { Markup, markup } from './markup.ts';

/** A line of a chart, a number for each step; what is not finite is left out. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

const [width, height, left, right, top, bottom] = [480, 240, 52, 12, 12, 34];
const [innerWidth, innerHeight] = [width - left - right, height - top - bottom];

/** Lines over epochs, told apart by dash and colour, with their names below. */
export function lineChart(title: string, series: readonly Series[], { percent = false, x = 'epoch' }: { percent?: boolean; x?: string } = {}): Markup {
  const all = series.flatMap(({ values }) => values.filter(Number.isFinite));
  const steps = Math.max(1, ...series.map(({ values }) => values.length));
  const [low, high] = percent ? [Math.max(0, Math.min(0.9, Math.floor(10 * Math.min(1, ...all)) / 10)), 1] : rangeOf(all);
  const at = (step: number): number => left + (steps === 1 ? innerWidth / 2 : (innerWidth * step) / (steps - 1));
  const up = (value: number): number => top + innerHeight * (1 - (value - low) / (high - low || 1));
  const show = (value: number): string => (percent ? `${Math.round(100 * value)} %` : short(value));
  const lines = series.map(({ name, values }, i) => {
    const points = values.flatMap((value, step) => (Number.isFinite(value) ? [`${round(at(step))},${round(up(value))}`] : []));
    return markup`<polyline class="line line-${i % 4}" points="${points.join(' ')}"><title>${name}</title></polyline>${points.length === 1 ? markup`<circle class="dot line-${i % 4}" cx="${points[0]!.split(',')[0]!}" cy="${points[0]!.split(',')[1]!}" r="3"/>` : ''}`;
  });
  const last = series.map(({ name, values }) => { const value = values.findLast(Number.isFinite); return `${name} ${value === undefined ? 'nothing' : show(value)}`; }).join(', ');
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: at the end ${last}">
${axes([low, (low + high) / 2, high].map((value) => [up(value), show(value)]), [[at(0), '1'], ...(steps > 1 ? [[at(steps - 1), String(steps)] as [number, string]] : [])], x)}
${lines}</svg><figcaption><strong>${title}</strong> ${series.map(({ name }, i) => markup`<span class="key"><svg viewBox="0 0 24 8" aria-hidden="true"><polyline class="line line-${i % 4}" points="0,4 24,4"/></svg>${name}</span> `)}</figcaption></figure>`;
}

/** For a picture by itself: colours that viewers without CSS variables know, too. */
const alone = new Markup('text { font: 11px sans-serif; fill: #59636e } .axes line { stroke: #d1d9e0 } .line { fill: none; stroke: #0969da; stroke-width: 2 } .line-1 { stroke: #bc4c00; stroke-dasharray: 6 3 }');

/** A loss over learning rates that rise by a factor, and the rate that is suggested: a picture of its own, for a file. */
export function rateChart(title: string, curve: readonly { readonly learningRate: number; readonly loss: number }[], suggested: number | undefined): Markup {
  const [[low, high], [from, to]] = [rangeOf(curve.map(({ loss }) => loss)), rangeOf(curve.map(({ learningRate }) => Math.log10(learningRate)))];
  const at = (learningRate: number): number => left + (innerWidth * (Math.log10(learningRate) - from)) / (to - from);
  const up = (loss: number): number => top + innerHeight * (1 - (loss - low) / (high - low));
  const decades = Array.from({ length: Math.max(0, Math.floor(to) - Math.ceil(from) + 1) }, (_, i) => 10 ** (Math.ceil(from) + i));
  // Texts at the edges lean inwards: empty ones, so that those of decades stand in the middle.
  const said = suggested === undefined ? 'none is suggested' : `${suggested.toPrecision(2)} is suggested`;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${said}"><title>${title}: ${said}</title><style>${alone}</style><rect width="${width}" height="${height}" fill="#fff"/>
${axes([low, (low + high) / 2, high].map((loss) => [up(loss), short(loss)]), [[left, ''], ...decades.map((rate): [number, string] => [at(rate), rate.toExponential(0)]), [width - right, '']], 'learning rate')}
<polyline class="line" points="${curve.map(({ learningRate, loss }) => `${round(at(learningRate))},${round(up(loss))}`).join(' ')}"/>${suggested === undefined ? '' : markup`<line class="line line-1" x1="${round(at(suggested))}" x2="${round(at(suggested))}" y1="${top}" y2="${height - bottom}"/><text x="${round(at(suggested) - 4)}" y="${top + 10}" text-anchor="end">${suggested.toPrecision(2)}</text>`}</svg>`;
}

/** How often answers of a confidence are right: bars, and the line where both are the same. */
export function reliabilityDiagram(title: string, bins: readonly { readonly from: number; readonly to: number; readonly samples: number; readonly accuracy: number }[]): Markup {
  const [x, y] = [(share: number): number => left + innerWidth * share, (share: number): number => top + innerHeight * (1 - share)];
  const bars = bins.filter(({ samples }) => samples > 0).map(({ from, to, samples, accuracy }) => markup`<rect class="bar" x="${round(x(from) + 1)}" y="${round(y(accuracy))}" width="${round(x(to) - x(from) - 2)}" height="${round(y(0) - y(accuracy))}"><title>${samples} answers with a confidence of ${Math.round(100 * from)} to ${Math.round(100 * to)} %: ${Math.round(100 * accuracy)} % right</title></rect>`);
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${axes([0, 0.5, 1].map((share) => [y(share), `${100 * share} %`]), [0, 0.5, 1].map((share) => [x(share), `${100 * share} %`]), 'confidence')}${bars}
<polyline class="line line-1" points="${x(0)},${y(0)} ${x(1)},${y(1)}"/></svg><figcaption><strong>${title}</strong> share of right answers; on the line they are right as often as they are sure</figcaption></figure>`;
}

/** Points of classes: told apart by the first letters of their class, and by colour. */
export function map(title: string, points: readonly { readonly x: number; readonly y: number; readonly group: number; readonly label: string }[], groups: readonly string[]): Markup {
  const [[lowX, highX], [lowY, highY]] = [rangeOf(points.map(({ x }) => x)), rangeOf(points.map(({ y }) => y))];
  const place = ({ x, y }: { x: number; y: number }): [number, number] => [12 + ((width - 24) * (x - lowX)) / (highX - lowX || 1), 12 + ((height + 60 - 24) * (y - lowY)) / (highY - lowY || 1)];
  const sign = signsOf(groups);
  const dots = points.map((point) => {
    const [x, y] = place(point);
    return markup`<text class="sign group-${point.group % 8}" x="${round(x)}" y="${round(y)}">${sign[point.group] ?? '?'}<title>${point.label}</title></text>`;
  });
  return markup`<figure><svg viewBox="0 0 ${width} ${height + 60}" role="img" aria-label="${title}: ${points.length} images of ${groups.length} classes">${dots}</svg><figcaption><strong>${title}</strong> ${groups.map((name, i) => markup`<span class="key"><b class="group-${i % 8}">${sign[i]!}</b> ${name}</span> `)}</figcaption></figure>`;
}

/** The shortest beginnings of names that tell them apart, of at most three letters; numbers where that is not enough. */
function signsOf(names: readonly string[]): string[] {
  for (let length = 1; length <= 3; length++) {
    const signs = names.map((name) => name.slice(0, length));
    if (new Set(signs).size === names.length) return signs;
  }
  return names.map((_, i) => String(i + 1));
}

const axes = (vertical: readonly (readonly [y: number, text: string])[], horizontal: readonly (readonly [x: number, text: string])[], name: string): Markup => markup`<g class="axes">
${vertical.map(([y, text]) => markup`<line x1="${left}" x2="${width - right}" y1="${round(y)}" y2="${round(y)}"/><text x="${left - 6}" y="${round(y + 4)}" text-anchor="end">${text}</text>`)}
${horizontal.map(([x, text], i) => markup`<text x="${round(x)}" y="${height - bottom + 16}" text-anchor="${i === 0 ? 'start' : i === horizontal.length - 1 ? 'end' : 'middle'}">${text}</text>`)}
<text x="${left + innerWidth / 2}" y="${height - 4}" text-anchor="middle">${name}</text></g>`;

function rangeOf(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

const round = (value: number): number => Math.round(10 * value) / 10;
const short = (value: number): string => (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3))));
