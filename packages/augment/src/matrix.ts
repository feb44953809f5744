/** A projective map of the plane as a row-major matrix: `(x, y)` becomes `(a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + i)`. */
export type Matrix = readonly [
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
  i: number,
];

export const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The matrix product `first · second`, which applies `second` first. */
export function product(first: Matrix, second: Matrix): Matrix {
  const entry = (row: number, column: number): number =>
    first[3 * row]! * second[column]! +
    first[3 * row + 1]! * second[column + 3]! +
    first[3 * row + 2]! * second[column + 6]!;
  return [
    entry(0, 0),
    entry(0, 1),
    entry(0, 2),
    entry(1, 0),
    entry(1, 1),
    entry(1, 2),
    entry(2, 0),
    entry(2, 1),
    entry(2, 2),
  ];
}

/** The inverse map. @throws if the matrix is singular */
export function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const [p, q, r] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * p + b * q + c * r;
  if (!(Math.abs(determinant) > 1e-12))
    throw new Error(
      `The map [${[a, b, c, d, e, f, g, h, i].join(', ')}] is not invertible. Use a zoom above 0 and corners that span an area.`,
    );
  return [p, c * h - b * i, b * f - c * e, q, a * i - c * g, c * d - a * f, r, b * g - a * h, a * e - b * d].map(
    (value) => value / determinant,
  ) as unknown as Matrix;
}

/** Applies a map to a point. */
export function through([a, b, c, d, e, f, g, h, i]: Matrix, x: number, y: number): [x: number, y: number] {
  const depth = g * x + h * y + i;
  return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
}

/** Applies `matrix` with (x, y) as the origin. */
export const around = (x: number, y: number, matrix: Matrix): Matrix =>
  product([1, 0, x, 0, 1, y, 0, 0, 1], product(matrix, [1, 0, -x, 0, 1, -y, 0, 0, 1]));

type Point = readonly [x: number, y: number];

/** The map that takes four points to four others: eight linear equations, solved by elimination. */
export function betweenCorners(from: readonly Point[], to: readonly Point[]): Matrix {
  const rows = from.flatMap(([x, y], k) => {
    const [u, v] = to[k]!;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  for (let k = 0; k < 8; k++) {
    const pivot = rows.reduce(
      (best, row, r) => (r >= k && Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? r : best),
      k,
    );
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    if (Math.abs(rows[k]![k]!) < 1e-9)
      throw new Error(`The corners ${JSON.stringify(from)} are collinear. Use four corners that span an area.`);
    for (const [r, row] of rows.entries()) {
      const factor = r === k ? 0 : row[k]! / rows[k]![k]!;
      if (factor !== 0) for (let column = k; column < 9; column++) row[column]! -= factor * rows[k]![column]!;
    }
  }
  return [...rows.map((row, k) => row[8]! / row[k]!), 1] as unknown as Matrix;
}
