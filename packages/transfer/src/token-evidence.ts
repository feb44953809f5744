import type { NamedBatch } from '@graft/data';
import type { Module, ModuleInput } from '@graft/layers';
import { type HostArray, scope } from '@graft/tensor';
import { backendOf, prepareBatch } from '@graft/train';

/** Maximum number of parts of a text that are left out one after another. */
const mostParts = 64;
/** Texts with a part left out that are computed at once. */
const atOnce = 32;

/**
 * How much each token of a text supports an output: how much lower the output is, compared with the mean of all outputs, if the token is masked (erasure, Li et al. 2016). In a long text,
 * neighbouring tokens are masked together.
 * @param batch one text, as inputs [1, tokens]
 * @param options `mask`: the input that is 1 for tokens and 0 for padding; `output`: the index of the output to explain
 * @returns one value per token, from −1 to 1: positive values support the output, and the largest absolute value is 1
 */
export async function tokenEvidence<In extends ModuleInput>(
  model: Module<In>,
  batch: NamedBatch,
  { mask, output }: { readonly mask: string; readonly output: number },
): Promise<Float32Array> {
  const seen = Array.from(batch.inputs[mask]!.data as ArrayLike<number | bigint>, Number);
  const tokens = seen.flatMap((one, place) => (one ? [place] : []));
  const size = Math.max(1, Math.ceil(tokens.length / mostParts));
  const parts = Array.from({ length: Math.ceil(tokens.length / size) }, (_, i) =>
    tokens.slice(i * size, (i + 1) * size),
  );
  const backend = backendOf(model);
  const heights: number[] = [];
  for (let from = 0; from <= parts.length; from += atOnce) {
    const some = [[], ...parts].slice(from, from + atOnce);
    const outputs = scope(() => model.forward(prepareBatch(repeated(batch, mask, some), backend).input as In));
    const values = (await outputs.array()) as Float32Array;
    outputs.dispose();
    const width = values.length / some.length;
    for (let i = 0; i < some.length; i++) {
      const row = values.subarray(i * width, (i + 1) * width);
      heights.push(row[output]! - (width > 1 ? row.reduce((sum, value) => sum + value / width, 0) : 0));
    }
  }
  const found = new Float32Array(seen.length);
  for (const [i, part] of parts.entries()) for (const place of part) found[place] = heights[0]! - heights[i + 1]!;
  const greatest = found.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return greatest > 0 ? found.map((value) => value / greatest) : found;
}

/** A text several times, each time with other places masked. */
function repeated(batch: NamedBatch, mask: string, without: readonly (readonly number[])[]): NamedBatch {
  const inputs = Object.fromEntries(
    Object.entries(batch.inputs).map(([name, { data, shape, dtype }]): [string, HostArray] => {
      const joined = new (data.constructor as new (length: number) => typeof data)(data.length * without.length);
      for (const [i, places] of without.entries()) {
        joined.set(data as never, i * data.length);
        if (name === mask)
          for (const place of places) joined[i * data.length + place] = typeof data[0] === 'bigint' ? 0n : (0 as never);
      }
      return [name, { data: joined, shape: [without.length, ...shape.slice(1)], dtype }];
    }),
  );
  return { inputs, labels: new Int32Array(without.length), indices: without.map(() => 0) };
}
