/** Boxes of one image as [left, top, right, bottom], in any unit, with their classes. */
export interface Boxes {
  readonly boxes: readonly (readonly [left: number, top: number, right: number, bottom: number])[];
  readonly classes: readonly number[];
}

/** Detected boxes with their confidence scores. */
export interface Detections extends Boxes {
  readonly scores: readonly number[];
}

/** Options of {@link BoxPrecision}. */
export interface BoxPrecisionOptions {
  /** Thresholds of intersection over union at which boxes match; default 0.5 to 0.95 in steps of 0.05. */
  readonly overlaps?: readonly number[];
  /** Maximum number of detections per image and class, highest score first; default 100. */
  readonly most?: number;
}

/** The result of {@link BoxPrecision}. */
export interface BoxPrecisionResult {
  /** Mean average precision over all overlaps and all classes that occur. */
  readonly mean: number;
  /** Mean average precision at each overlap. */
  readonly byOverlap: ReadonlyMap<number, number>;
  /** Average precision of each class that occurs, averaged over overlaps. */
  readonly byClass: ReadonlyMap<number, number>;
}

/** Mean average precision of object detection, as defined by COCO (Lin et al. 2014): 101 recall points, each true box matched once. Images are added one at a time. */
export class BoxPrecision {
  readonly #overlaps: readonly number[];
  readonly #most: number;
  /** By class: the number of true boxes, and each detection's score and whether it is correct at each overlap. */
  readonly #classes = new Map<number, { truths: number; found: { score: number; right: boolean[] }[] }>();

  constructor({
    overlaps = Array.from({ length: 10 }, (_, i) => (50 + 5 * i) / 100),
    most = 100,
  }: BoxPrecisionOptions = {}) {
    for (const overlap of overlaps)
      if (!(overlap > 0 && overlap <= 1)) throw new Error(`BoxPrecision expects overlaps in (0, 1], got ${overlap}.`);
    if (!overlaps.length) throw new Error('BoxPrecision expects at least one overlap, got none.');
    if (!(Number.isInteger(most) && most >= 1))
      throw new Error(`BoxPrecision expects "most" to be an integer of 1 or more, got ${most}.`);
    this.#overlaps = overlaps;
    this.#most = most;
  }

  /**
   * Adds one image.
   * @throws if the numbers of boxes, classes and scores differ
   */
  add(detections: Detections, truths: Boxes): void {
    const count = detections.boxes.length;
    if (detections.classes.length !== count || detections.scores.length !== count)
      throw new Error(
        `BoxPrecision got ${count} detected boxes, ${detections.classes.length} classes and ${detections.scores.length} scores. Pass one class and one score per box.`,
      );
    if (truths.classes.length !== truths.boxes.length)
      throw new Error(
        `BoxPrecision got ${truths.boxes.length} true boxes and ${truths.classes.length} classes. Pass one class per box.`,
      );
    for (const kind of new Set([...detections.classes, ...truths.classes])) {
      const real = truths.boxes.filter((_, i) => truths.classes[i] === kind);
      const found = detections.boxes
        .flatMap((box, i) => (detections.classes[i] === kind ? [{ box, score: detections.scores[i]! }] : []))
        .sort((a, b) => b.score - a.score)
        .slice(0, this.#most);
      const shared = found.map(({ box }) => real.map((other) => overlapOf(box, other)));
      const own = this.#classes.get(kind) ?? { truths: 0, found: [] };
      const right = this.#overlaps.map((least) => match(shared, least));
      own.truths += real.length;
      own.found.push(...found.map(({ score }, i) => ({ score, right: right.map((hits) => hits[i]!) })));
      this.#classes.set(kind, own);
    }
  }

  /** The mean average precision so far; NaN without true boxes. */
  result(): BoxPrecisionResult {
    const occurring = [...this.#classes].filter(([, { truths }]) => truths > 0).sort(([a], [b]) => a - b);
    const table = occurring.map(([, { truths, found }]) => {
      const order = found.toSorted((a, b) => b.score - a.score);
      return this.#overlaps.map((_, k) =>
        averagePrecision(
          order.map(({ right }) => right[k]!),
          truths,
        ),
      );
    });
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    return {
      mean: mean(table.flat()),
      byOverlap: new Map(this.#overlaps.map((overlap, k) => [overlap, mean(table.map((row) => row[k]!))])),
      byClass: new Map(occurring.map(([kind], i) => [kind, mean(table[i]!)])),
    };
  }
}

/** Which detections, highest score first, match a true box. Each takes the box it overlaps most among those not yet taken. */
function match(shared: readonly (readonly number[])[], least: number): boolean[] {
  const taken = new Set<number>();
  return shared.map((row) => {
    let [best, greatest] = [-1, Math.min(least, 1 - 1e-10)];
    for (const [i, overlap] of row.entries()) if (!taken.has(i) && overlap >= greatest) [best, greatest] = [i, overlap];
    taken.add(best);
    return best >= 0;
  });
}

/** Interpolated precision (the best at this recall or higher), averaged over 101 recall points. */
function averagePrecision(right: readonly boolean[], truths: number): number {
  let hits = 0;
  const curve = right.map((hit, i) => ({ recall: (hits += Number(hit)) / truths, precision: hits / (i + 1) }));
  for (let i = curve.length - 2; i >= 0; i--)
    curve[i]!.precision = Math.max(curve[i]!.precision, curve[i + 1]!.precision);
  let [total, at] = [0, 0];
  for (let point = 0; point <= 100; point++) {
    while (at < curve.length && curve[at]!.recall < point * 0.01) at++; // COCO's thresholds, including their rounding
    total += curve[at]?.precision ?? 0;
  }
  return total / 101;
}

function overlapOf(
  [left, top, right, bottom]: Boxes['boxes'][number],
  [left2, top2, right2, bottom2]: Boxes['boxes'][number],
): number {
  const both =
    Math.max(0, Math.min(right, right2) - Math.max(left, left2)) *
    Math.max(0, Math.min(bottom, bottom2) - Math.max(top, top2));
  const all = (right - left) * (bottom - top) + (right2 - left2) * (bottom2 - top2) - both;
  return all > 0 ? both / all : 0;
}
