import {
  add,
  cast,
  concat,
  convolve,
  exp,
  full,
  matmul,
  mul,
  narrow,
  reshape,
  sigmoid,
  sub,
  type Tensor,
  transpose,
  zeros,
} from '@graft/tensor';
import { checkListed, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { apart, together, wide } from './attention.ts';

/** Whether a rule forgets (needs decay), and whether it corrects what the state already returns for a key (needs beta). */
const rules: Readonly<Record<string, { readonly decays: boolean; readonly corrects: boolean }>> = {
  linear: { decays: false, corrects: false },
  gated: { decays: true, corrects: false },
  delta: { decays: false, corrects: true },
  gated_delta: { decays: true, corrects: true },
};

/**
 * Attention with a state of fixed size instead of all past keys: S ← exp(decay) · S + k ⊗ v, or with the delta rule
 * S ← S + beta · k ⊗ (v − Sᵀ k) (Yang et al. 2024). Outputs: scale · Sᵀ q of each step, and the last state.
 */
function linearAttention(
  [query, key, value, past, decay, beta]: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
): Tensor[] {
  const name = attributes.string('update_rule', 'gated_delta');
  const rule = rules[name];
  if (!rule) throw new Error(`its update_rule "${name}" must be ${Object.keys(rules).join(', ')}.`);
  for (const [input, given, needed] of [
    ['decay', decay, rule.decays],
    ['beta', beta, rule.corrects],
  ] as const)
    if ((given !== undefined) !== needed)
      throw new Error(`its update_rule "${name}" ${needed ? 'needs' : 'does not use'} the input ${input}.`);
  const [heads, groups] = [attributes.int('q_num_heads'), attributes.int('kv_num_heads')];
  if (heads < 1 || groups < 1 || heads % groups)
    throw new Error(`its q_num_heads ${heads} must be a multiple of its kv_num_heads ${groups}.`);
  for (const [input, x, count] of [
    ['query', query!, heads],
    ['key', key!, groups],
    ['value', value!, groups],
  ] as const)
    if (x.rank !== 3 || x.shape[2]! % count || x.shape[0] !== query!.shape[0] || x.shape[1] !== query!.shape[1])
      throw new Error(
        `its ${input} must be [batch, length, ${count} · size] like its query [${query!.shape}], got [${x.shape}].`,
      );
  const [batch, length] = query!.shape as [number, number];
  const [size, width] = [query!.shape[2]! / heads, value!.shape[2]! / groups];
  const gates = (x: Tensor, input: string, counts: readonly number[]): Tensor => {
    if (x.rank !== 3 || x.shape[0] !== batch || x.shape[1] !== length || !counts.includes(x.shape[2]!))
      throw new Error(`its ${input} must be [${batch}, ${length}, ${counts.join(' or ')}], got [${x.shape}].`);
    return wide(x);
  };
  if (past && past.shape.join() !== [batch, groups, size, width].join())
    throw new Error(`its past_state must be [${[batch, groups, size, width]}], got [${past.shape}].`);
  checkListed([length]);

  const scale = attributes.float('scale', 0) || 1 / Math.sqrt(size);
  const [q, k, v] = [apart(wide(query!), heads), apart(wide(key!), groups), apart(wide(value!), groups)];
  const kept = decay && exp(apart(gates(decay, 'decay', [groups, groups * size]), groups));
  const rates = beta && gates(beta, 'beta', [groups, 1]);
  const rate = rates && apart(rates, rates.shape[2]!);
  const step = (x: Tensor, t: number): Tensor => narrow(x, 2, t, 1);
  let state = past ? wide(past) : zeros([batch, groups, size, width], { dtype: q.dtype, backend: q.backend });
  const results: Tensor[] = [];
  for (let t = 0; t < length; t++) {
    if (kept) state = mul(state, transpose(step(kept, t), [0, 1, 3, 2]));
    const added = rate ? mul(sub(step(v, t), matmul(step(k, t), state)), step(rate, t)) : step(v, t);
    state = add(state, matmul(step(k, t), added, true));
    // The queries of a group read the same state.
    const read = matmul(reshape(step(q, t), [batch, groups, heads / groups, size]), state);
    results.push(reshape(read, [batch, heads, 1, width]));
  }
  const y = length ? together(mul(concat(results, 2), scale)) : full([batch, 0, heads * width], 0, q);
  return [cast(y, query!.dtype), cast(state, (past ?? query!).dtype)];
}

/** A convolution of each channel [batch, channels, length] with its own kernel over the current and past elements. Outputs: result, the last k − 1 elements. */
function causalConvolution(
  [x, weight, bias, past]: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
): Tensor[] {
  const activation = attributes.string('activation', 'none');
  if (!['none', 'silu', 'swish'].includes(activation))
    throw new Error(`its activation "${activation}" must be none, silu or swish.`);
  const [batch, channels, length] = x!.shape as [number, number, number];
  const kernel = weight!.shape[2]!;
  if (x!.rank !== 3 || weight!.rank !== 3 || weight!.shape[0] !== channels || weight!.shape[1] !== 1 || kernel < 1)
    throw new Error(
      `it convolves [batch, channels, length] with [channels, 1, kernel], got [${x!.shape}] and [${weight!.shape}].`,
    );
  checkListed([kernel]);
  const before = [batch, channels, kernel - 1];
  if (past && past.shape.join() !== before.join())
    throw new Error(`its past_state must be [${before}], got [${past.shape}].`);
  const padded = concat([past ?? zeros(before, { dtype: x!.dtype, backend: x!.backend }), x!], 2);
  const windows = { kernel: [kernel], stride: [1], dilation: [1], before: [0], after: [0] };
  const y = convolve(padded, weight!, windows, { bias, groups: channels });
  const wider = wide(y);
  return [
    activation === 'none' ? y : cast(mul(wider, sigmoid(wider)), x!.dtype),
    narrow(padded, 2, length, kernel - 1),
  ];
}

export const linearAttentionOperators: readonly OnnxOperator[] = [
  operator('LinearAttention', 27, linearAttention, { inputs: [3, 6] }),
  operator('CausalConvWithState', 27, causalConvolution, { inputs: [2, 4] }),
];
