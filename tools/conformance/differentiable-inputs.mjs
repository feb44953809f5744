// @ts-check
import { readFileSync } from 'node:fs';

/** @type {{ operators: Record<string, string> }} */
const { operators } = JSON.parse(readFileSync(new URL('differentiation.json', import.meta.url), 'utf8'));

/** Additional inputs whose schema is undecided (U) or says no (N), although the function is smooth. */
const beyond = /** @type {Readonly<Record<string, readonly number[]>>} */ ({
  Attention: [0, 1, 2, 3, 4, 5],
  CausalConvWithState: [3],
  ConcatFromSequence: [0],
  DeformConv: [0, 1, 2, 3, 4],
  DequantizeLinear: [1],
  DFT: [0],
  GridSample: [1],
  LayerNormalization: [0, 1, 2],
  LinearAttention: [3],
  OptionalGetElement: [0],
  Optional: [0],
  ReverseSequence: [0],
  RMSNormalization: [0, 1],
  RoiAlign: [0],
  RotaryEmbedding: [0, 1, 2],
  SequenceAt: [0],
  SequenceErase: [0],
  SequenceInsert: [0, 1],
  SplitToSequence: [0],
  STFT: [0, 2],
  Upsample: [0],
});
/** Operators whose inputs are all differentiable. */
const whole = new Set(['FlexAttention', 'If', 'Loop', 'Scan', 'SequenceConstruct', 'SequenceMap']);
/** Domains of operators that are differentiated; that of optimizers is not. */
const domains = new Set(['', 'ai.onnx.preview']);
const random = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/**
 * Whether ONNX's schema marks an operator's input as differentiable.
 * @param {{ opType: string, domain: string, inputs: readonly string[] }} node @param {number} input
 */
export function isDifferentiable({ opType, domain, inputs }, input) {
  if (!domains.has(domain) || random.has(opType) || trains(opType, inputs)) return false;
  const letters = operators[opType] ?? '';
  return (letters[input] ?? letters.at(-1)) === 'D' || whole.has(opType) || Boolean(beyond[opType]?.includes(input));
}

/** A Dropout with a training_mode input is random. @param {string} opType @param {readonly string[]} inputs */
const trains = (opType, inputs) => opType === 'Dropout' && Boolean(inputs[2]);
