const oddValues = [null, 0, -1.5, 'x', true, [], [null], {}, { a: null }, undefined];

/** Copies of a JSON value in which one field, at any depth, has a value of another type or is missing, and these values themselves. */
export function* oddCopies(value: unknown): Generator<readonly [place: string, value: unknown]> {
  for (const odd of oddValues) if (odd !== undefined) yield [`the whole = ${JSON.stringify(odd)}`, odd];
  yield* withOddField(value, '');
}

function* withOddField(value: unknown, path: string): Generator<readonly [place: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = `${path}/${key}`;
    const replaced = (by: unknown): unknown =>
      Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by };
    for (const odd of oddValues) yield [`${at} = ${JSON.stringify(odd)}`, replaced(odd)];
    for (const [place, changed] of withOddField(inner, at)) yield [place, replaced(changed)];
    if (Array.isArray(value)) return; // the first item is like the others
  }
}
