/** Two numbers that a metric saved. JSON has null for NaN. @throws if they are not */
export function savedPair(saved: unknown): [number, number] {
  if (!Array.isArray(saved) || saved.length !== 2 || !saved.every((one) => one === null || typeof one === 'number'))
    throw new TypeError('The saved state of a metric is not two numbers.');
  return saved.map((one: number | null) => one ?? Number.NaN) as [number, number];
}
