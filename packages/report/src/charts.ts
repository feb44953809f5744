import { shortNumber } from './quantities.ts';
import { Markup, markup } from './markup.ts';
import { axes, bottom, height, innerHeight, innerWidth, left, rangeOf, right, round, top, width } from './plot.ts';

/** A line of a chart. Values that are not finite are skipped. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** The x value of each point, ascending; default 1, 2, 3 and so on. */
  readonly steps?: readonly number[];
  /** Dash and colour, to draw the same quantity alike in every chart; default the index in the list. */
  readonly look?: 0 | 1 | 2 | 3;
}

/** A labelled vertical line, such as the start of a training phase. */
export interface Mark {
  readonly at: number;
  readonly label: string;
}

/** Draws values over epochs or steps as lines, distinguished by dash and colour. The caption lists their names and final values. */
export function lineChart(
  title: string,
  series: readonly Series[],
  { percent = false, x = 'epoch', marks = [] }: { percent?: boolean; x?: string; marks?: readonly Mark[] } = {},
): Markup {
  const all = series.flatMap(({ values }) => values.filter(Number.isFinite));
  const [low, high] = percent
    ? [Math.max(0, Math.min(0.9, Math.floor(10 * Math.min(1, ...all)) / 10)), 1]
    : fromZero(rangeOf(all));
  const placeOf = ({ steps }: Series, i: number): number => steps?.[i] ?? i + 1;
  const ends = series
    .filter(({ values }) => values.length)
    .flatMap((one) => [placeOf(one, 0), placeOf(one, one.values.length - 1)]);
  const [first, last] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [1, 1];
  const at = (step: number): number =>
    left + (first === last ? innerWidth / 2 : (innerWidth * (step - first)) / (last - first));
  const up = (value: number): number => top + innerHeight * (1 - (value - low) / (high - low || 1));
  const show = (value: number): string => (percent ? `${Math.round(100 * value)} %` : shortNumber(value));
  const lookOf = ({ look }: Series, i: number): number => look ?? i % 4;
  const lines = series.map((one, i) => {
    const look = lookOf(one, i);
    const points = one.values.flatMap((value, k) =>
      Number.isFinite(value) ? [[round(at(placeOf(one, k))), round(up(value))] as const] : [],
    );
    const [[cx, cy]] = points.length ? [points[0]!] : [[0, 0]];
    return markup`<polyline class="line line-${look}" points="${points.map((point) => point.join()).join(' ')}"><title>${one.name}</title></polyline>${points.length === 1 ? markup`<circle class="dot dot-${look}" cx="${cx}" cy="${cy}" r="3"/>` : ''}`;
  });
  const named = series.map((one, i) => {
    const value = one.values.findLast(Number.isFinite);
    return { name: one.name, look: lookOf(one, i), value: value === undefined ? 'no value' : show(value) };
  });
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}, final values: ${named.map(({ name, value }) => `${name} ${value}`).join(', ')}">
${axes(
  [low, (low + high) / 2, high].map((value) => [up(value), show(value)]),
  [
    [at(first), first.toLocaleString('en')],
    ...(last > first ? [[at(last), last.toLocaleString('en')] as [number, string]] : []),
  ],
  x,
)}
${marks.map(({ at: place, label }) => markup`<line class="mark" x1="${round(at(place))}" x2="${round(at(place))}" y1="${top}" y2="${height - bottom}"/><text x="${round(at(place) + 4)}" y="${top + 10}">${label}</text>`)}
${lines}</svg><figcaption><strong>${title}</strong> ${named.map(({ name, look, value }) => markup`<span class="key"><svg viewBox="0 0 24 8" aria-hidden="true"><polyline class="line line-${look}" points="0,4 24,4"/></svg>${name} <b>${value}</b></span> `)}</figcaption></figure>`;
}

/** Style of a standalone SVG file: fixed colours, because some viewers do not support CSS variables. */
const standaloneStyle = new Markup(
  'text { font: 11px sans-serif; fill: #59636e } .axes line { stroke: #d1d9e0 } .line { fill: none; stroke: #0969da; stroke-width: 2 } .line-1 { stroke: #bc4c00; stroke-dasharray: 6 3 }',
);

/** Draws the loss over the learning rate on a logarithmic axis and marks the suggested rate. The result is a standalone SVG file. */
export function rateChart(
  title: string,
  curve: readonly { readonly learningRate: number; readonly loss: number }[],
  suggested: number | undefined,
): Markup {
  const [[low, high], [from, to]] = [
    rangeOf(curve.map(({ loss }) => loss)),
    rangeOf(curve.map(({ learningRate }) => Math.log10(learningRate))),
  ];
  const at = (learningRate: number): number => left + (innerWidth * (Math.log10(learningRate) - from)) / (to - from);
  const up = (loss: number): number => top + innerHeight * (1 - (loss - low) / (high - low));
  const decades = Array.from(
    { length: Math.max(0, Math.floor(to) - Math.ceil(from) + 1) },
    (_, i) => 10 ** (Math.ceil(from) + i),
  );
  const summary = suggested === undefined ? 'no suggestion' : `suggested ${suggested.toPrecision(2)}`;
  // axes() does not centre the first and the last label. Empty ones keep the decades centred.
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${summary}"><title>${title}: ${summary}</title><style>${standaloneStyle}</style><rect width="${width}" height="${height}" fill="#fff"/>
${axes(
  [low, (low + high) / 2, high].map((loss) => [up(loss), shortNumber(loss)]),
  [[left, ''], ...decades.map((rate): [number, string] => [at(rate), rate.toExponential(0)]), [width - right, '']],
  'learning rate',
)}
<polyline class="line" points="${curve.map(({ learningRate, loss }) => `${round(at(learningRate))},${round(up(loss))}`).join(' ')}"/>${suggested === undefined ? '' : markup`<line class="line line-1" x1="${round(at(suggested))}" x2="${round(at(suggested))}" y1="${top}" y2="${height - bottom}"/><text x="${round(at(suggested) - 4)}" y="${top + 10}" text-anchor="end">${suggested.toPrecision(2)}</text>`}</svg>`;
}

/** Draws accuracy over confidence as bars, with the diagonal of perfect calibration. */
export function reliabilityDiagram(
  title: string,
  bins: readonly { readonly from: number; readonly to: number; readonly samples: number; readonly accuracy: number }[],
): Markup {
  const [x, y] = [
    (share: number): number => left + innerWidth * share,
    (share: number): number => top + innerHeight * (1 - share),
  ];
  const bars = bins
    .filter(({ samples }) => samples > 0)
    .map(
      ({ from, to, samples, accuracy }) =>
        markup`<rect class="bar" x="${round(x(from) + 1)}" y="${round(y(accuracy))}" width="${round(x(to) - x(from) - 2)}" height="${round(y(0) - y(accuracy))}"><title>${samples} predictions with a confidence of ${Math.round(100 * from)} to ${Math.round(100 * to)} %: ${Math.round(100 * accuracy)} % correct</title></rect>`,
    );
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${axes(
    [0, 0.5, 1].map((share) => [y(share), `${100 * share} %`]),
    [0, 0.5, 1].map((share) => [x(share), `${100 * share} %`]),
    'confidence',
  )}${bars}
<polyline class="line line-1" points="${x(0)},${y(0)} ${x(1)},${y(1)}"/></svg><figcaption><strong>${title}</strong> accuracy by confidence; the dashed line is perfect calibration</figcaption></figure>`;
}

/** Draws points in a plane, each marked with the first letters and the colour of its class. */
export function featureMap(
  title: string,
  points: readonly { readonly x: number; readonly y: number; readonly group: number; readonly label: string }[],
  groups: readonly string[],
): Markup {
  const [[lowX, highX], [lowY, highY]] = [rangeOf(points.map(({ x }) => x)), rangeOf(points.map(({ y }) => y))];
  const [wide, high] = [480, 300];
  const place = ({ x, y }: { x: number; y: number }): [number, number] => [
    12 + ((wide - 24) * (x - lowX)) / (highX - lowX || 1),
    16 + ((high - 24) * (y - lowY)) / (highY - lowY || 1),
  ];
  const sign = signsOf(groups);
  const dots = points.map((point) => {
    const [x, y] = place(point);
    return markup`<text class="sign group-${point.group % 8}" x="${round(x)}" y="${round(y)}">${sign[point.group] ?? '?'}<title>${point.label}</title></text>`;
  });
  return markup`<figure class="wide"><svg viewBox="0 0 ${wide} ${high}" role="img" aria-label="${title}: ${points.length} examples of ${groups.length} classes">${dots}</svg><figcaption><strong>${title}</strong> ${groups.map((name, i) => markup`<span class="key"><b class="group-${i % 8}">${sign[i]!}</b> ${name}</span> `)}</figcaption></figure>`;
}

/** The shortest unique prefixes of up to three letters, or numbers if there are none. */
function signsOf(names: readonly string[]): string[] {
  for (let length = 1; length <= 3; length++) {
    const signs = names.map((name) => name.slice(0, length));
    if (new Set(signs).size === names.length) return signs;
  }
  return names.map((_, i) => String(i + 1));
}

/** Extends a range without negative values to zero, unless it is narrow and far above zero. */
const fromZero = ([low, high]: [number, number]): [number, number] =>
  low >= 0 && low < high / 2 ? [0, high] : [low, high];
