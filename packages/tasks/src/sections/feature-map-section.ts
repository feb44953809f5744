import { type EvaluatedExample, featureMap, markup, type ReportSection } from '@graft/report';

const maxPoints = 400;

/** Projects features on their first two principal components, computed by power iteration. */
export function principalPlane(examples: readonly EvaluatedExample[]): readonly (readonly [x: number, y: number])[] {
  const size = examples[0]?.features?.length ?? 0;
  const mean = new Float64Array(size);
  for (const { features } of examples) features!.forEach((value, k) => (mean[k]! += value / examples.length));
  const rows = examples.map(({ features }) => Float64Array.from(features!, (value, k) => value - mean[k]!));
  const axes: Float64Array[] = [];
  for (let axis = 0; axis < 2; axis++) {
    let direction = Float64Array.from({ length: size }, (_, k) => Math.sin(k + 1 + axis));
    for (let turn = 0; turn < 50; turn++) {
      for (const other of axes) {
        const shared = dot(direction, other);
        direction = direction.map((value, k) => value - shared * other[k]!);
      }
      const next = new Float64Array(size);
      for (const row of rows) {
        const along = dot(row, direction);
        row.forEach((value, k) => (next[k]! += along * value));
      }
      const length = Math.sqrt(dot(next, next));
      if (length === 0) break;
      direction = next.map((value) => value / length);
    }
    axes.push(direction);
  }
  return rows.map((row) => [dot(row, axes[0]!), dot(row, axes[1]!)]);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** Shows held-out examples by the first two principal components of their features. */
export const featureMapSection: ReportSection = {
  name: 'feature-map',
  title: 'Feature map',
  order: 65,
  render({ examples, names, noun }) {
    const shown = examples.filter(({ features }) => features).slice(0, maxPoints);
    if (shown.length < 3) return undefined;
    const points = principalPlane(shown).map(([x, y], i) => ({
      x,
      y,
      group: shown[i]!.label as number,
      label: `${shown[i]!.name} (${names[shown[i]!.label as number]!})`,
    }));
    return markup`<div class="charts">${featureMap(`First two principal components of ${shown.length} ${noun[1]}`, points, names)}</div>`;
  },
};
