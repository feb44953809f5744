import { type Markup, markup } from './markup.ts';
import { axes, bottom, height, innerHeight, innerWidth, left, rangeOf, right, round, top, width } from './plot.ts';
import { shortNumber } from './quantities.ts';

const bins = 20;

/** Draws histograms of a score of known and of unknown examples above one another, as shares of each, with a threshold as a line. */
export function thresholdHistogram(
  title: string,
  {
    threshold,
    known,
    unknown,
    axis,
  }: {
    readonly threshold: number;
    readonly known: readonly number[];
    readonly unknown: readonly number[];
    readonly axis: string;
  },
): Markup {
  const [low, high] = rangeOf([threshold, ...known, ...unknown]);
  const x = (value: number): number => left + (innerWidth * (value - low)) / (high - low);
  const sharesOf = (values: readonly number[]): number[] => {
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values.filter(Number.isFinite))
      counts[Math.min(bins - 1, Math.floor((bins * (value - low)) / (high - low)))]!++;
    return counts.map((count) => count / Math.max(1, values.length));
  };
  const [both, wide] = [[sharesOf(known), sharesOf(unknown)], innerWidth / bins];
  const tallest = Math.max(...both.flat(), 1e-9);
  const y = (share: number): number => top + innerHeight * (1 - share / tallest);
  const bars = both.flatMap((shares, series) =>
    shares.map((share, i) =>
      share
        ? markup`<rect class="${series ? 'bar other' : 'bar'}" x="${round(left + wide * (i + (unknown.length ? series / 2 : 0)) + 0.5)}" y="${round(y(share))}" width="${round((unknown.length ? wide / 2 : wide) - 1)}" height="${round(y(0) - y(share))}"><title>${series ? 'unknown' : 'known'}, ${shortNumber(low + ((high - low) * i) / bins)} to ${shortNumber(low + ((high - low) * (i + 1)) / bins)}: ${(100 * share).toFixed(1)} %</title></rect>`
        : '',
    ),
  );
  return markup`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}; ${known.length} known and ${unknown.length} unknown examples">${axes(
    [0, tallest].map((share) => [y(share), `${(100 * share).toFixed(0)} %`]),
    [low, high].map((value) => [value === low ? left : width - right, shortNumber(value)]),
    axis,
  )}${bars}
<line class="line line-1" x1="${round(x(threshold))}" x2="${round(x(threshold))}" y1="${top}" y2="${height - bottom}"/></svg><figcaption><strong>${title}</strong> ${unknown.length ? 'known examples in blue, unknown ones in green' : 'known examples'}; the dashed line is the threshold</figcaption></figure>`;
}
