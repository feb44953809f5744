import { shortNumber } from './quantities.ts';
import { type Markup, markup } from './markup.ts';
import { axes, bottom, height, innerHeight, innerWidth, left, rangeOf, right, round, top, width } from './plot.ts';

/** Draws predictions over true values as points, with the diagonal of perfect predictions. */
export function scatterChart(
  title: string,
  points: readonly { readonly truth: number; readonly predicted: number; readonly label: string }[],
): Markup {
  const [low, high] = rangeOf(points.flatMap(({ truth, predicted }) => [truth, predicted]));
  const x = (value: number): number => left + (innerWidth * (value - low)) / (high - low);
  const y = (value: number): number => top + innerHeight * (1 - (value - low) / (high - low));
  const ticks = [low, (low + high) / 2, high];
  const dots = points
    .filter(({ truth, predicted }) => Number.isFinite(truth) && Number.isFinite(predicted))
    .map(
      ({ truth, predicted, label }) =>
        markup`<circle class="point" cx="${round(x(truth))}" cy="${round(y(predicted))}" r="3"><title>${label}: predicted ${shortNumber(predicted)}, true ${shortNumber(truth)}</title></circle>`,
    );
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: predictions for ${points.length} examples over their true values">${axes(
    ticks.map((tick) => [y(tick), shortNumber(tick)]),
    ticks.map((tick) => [x(tick), shortNumber(tick)]),
    'true',
  )}
<polyline class="line line-1" points="${left},${height - bottom} ${width - right},${top}"/>${dots}</svg><figcaption><strong>${title}</strong> predicted over true values; the dashed line is a perfect prediction</figcaption></figure>`;
}

/** Draws a histogram of errors, symmetric around zero. */
export function errorHistogram(title: string, errors: readonly number[], bins = 15): Markup {
  const finite = errors.filter(Number.isFinite);
  const most = finite.reduce((greatest, error) => Math.max(greatest, Math.abs(error)), 0) || 1;
  const counts = Array.from({ length: bins }, () => 0);
  for (const error of finite) counts[Math.min(bins - 1, Math.floor((bins * (error + most)) / (2 * most)))]!++;
  const tallest = Math.max(1, ...counts);
  const x = (bin: number): number => left + (innerWidth * bin) / bins;
  const y = (count: number): number => top + innerHeight * (1 - count / tallest);
  const edge = (bin: number): string => shortNumber((2 * most * bin) / bins - most);
  const bars = counts.map((count, i) =>
    count
      ? markup`<rect class="bar" x="${round(x(i) + 1)}" y="${round(y(count))}" width="${round(innerWidth / bins - 2)}" height="${round(y(0) - y(count))}"><title>${edge(i)} to ${edge(i + 1)}: ${count}</title></rect>`
      : '',
  );
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${finite.length} errors between ${shortNumber(-most)} and ${shortNumber(most)}">${axes(
    [0, tallest].map((count) => [y(count), String(count)]),
    [
      [left, shortNumber(-most)],
      [x(bins / 2), '0'],
      [width - right, shortNumber(most)],
    ],
    'predicted − true',
  )}${bars}
<line class="line line-1" x1="${round(x(bins / 2))}" x2="${round(x(bins / 2))}" y1="${top}" y2="${height - bottom}"/></svg><figcaption><strong>${title}</strong> examples by error</figcaption></figure>`;
}

/** Draws a precision-recall curve. @param summary a short text for the caption, such as the best threshold */
export function precisionRecallChart(
  title: string,
  points: readonly { readonly recall: number; readonly precision: number }[],
  summary: string,
): Markup {
  const [x, y] = [
    (share: number): number => left + innerWidth * share,
    (share: number): number => top + innerHeight * (1 - share),
  ];
  const ticks = [0, 0.5, 1];
  // The curve is a step function: the precision at a point applies back to the previous recall.
  const line = points
    .flatMap(({ recall, precision }, i) => [
      [points[i - 1]?.recall ?? 0, precision],
      [recall, precision],
    ])
    .map(([recall, precision]) => `${round(x(recall!))},${round(y(precision!))}`)
    .join(' ');
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: precision over recall, ${summary}">${axes(
    ticks.map((share) => [y(share), `${100 * share} %`]),
    ticks.map((share) => [x(share), `${100 * share} %`]),
    'recall',
  )}
<polyline class="line" points="${line}"/></svg><figcaption><strong>${title}</strong> precision over recall; ${summary.replaceAll(' %', '\u00A0%')}</figcaption></figure>`;
}
