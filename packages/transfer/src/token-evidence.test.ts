import { Embedding, type Inputs, Linear, Module } from '@graft/layers';
import { cast, mul, sum, type Tensor, unsqueeze } from '@graft/tensor';
import { expect, test } from 'vitest';
import { tokenEvidence } from './token-evidence.ts';

/** Logits of the sum of the embeddings of tokens that are not masked. */
class SumOfTokens extends Module<Inputs> {
  readonly embedding = new Embedding({ count: 300, features: 5 });
  readonly linear = new Linear({ in: 5, out: 3 });
  override forward({ ids, mask }: Inputs): Tensor {
    const kept = unsqueeze(cast(mask!, 'float32'), [2]);
    return this.linear.forward(sum(mul(this.embedding.forward(ids!), kept), 1));
  }
}
const model = new SumOfTokens().initialize(3);
const evidenceOf = (ids: readonly number[], mask: readonly number[], output: number): Promise<Float32Array> =>
  tokenEvidence(
    model,
    {
      inputs: {
        ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, ids.length], dtype: 'int64' },
        mask: { data: BigInt64Array.from(mask, BigInt), shape: [1, ids.length], dtype: 'int64' },
      },
      labels: Int32Array.of(0),
      indices: [0],
    },
    { mask: 'mask', output },
  );
/** What a token adds to each logit. */
const sharesOf = (id: number): number[] => {
  const [embeddings, weights] = [model.embedding.weight.value.numbers(), model.linear.weight.value.numbers()];
  return [0, 1, 2].map((output) =>
    Array.from({ length: 5 }, (_, j) => embeddings[5 * id + j]! * weights[5 * output + j]!).reduce((a, b) => a + b),
  );
};
const evidence = (id: number, output: number): number => {
  const shares = sharesOf(id);
  return shares[output]! - shares.reduce((a, b) => a + b) / 3;
};

test('the evidence of a token is what it adds to the output, and padding has none', async () => {
  const ids = [2, 5, 1, 4, 0, 0];
  for (const output of [0, 1, 2]) {
    const expected = ids.slice(0, 4).map((id) => evidence(id, output));
    const greatest = Math.max(...expected.map(Math.abs));
    const found = await evidenceOf(ids, [1, 1, 1, 1, 0, 0], output);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value / greatest, 4);
    expect(found.slice(4)).toEqual(Float32Array.of(0, 0));
  }
});
test('neighbouring tokens of a long text are masked together', async () => {
  const ids = Array.from({ length: 150 }, (_, i) => i);
  const found = await evidenceOf(
    ids,
    ids.map(() => 1),
    1,
  );
  const parts = Array.from({ length: 50 }, (_, i) =>
    ids.slice(3 * i, 3 * i + 3).reduce((total, id) => total + evidence(id, 1), 0),
  );
  const greatest = Math.max(...parts.map(Math.abs));
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(parts[Math.floor(i / 3)]! / greatest, 3);
});
