// @ts-check
import { readModel } from '@graft/onnx';

/** @typedef {import('@graft/onnx/suite').CaseNumbers} CaseNumbers */
/** @typedef {(values: CaseNumbers) => string | undefined} Rule */

/** How many standard deviations a count may differ from its mean. */
const deviations = 5;

/**
 * What the specification says of a random output, whose values no two implementations share: undefined for a model that draws no numbers.
 * @param {Uint8Array} bytes @returns {Rule | undefined}
 */
export function randomRule(bytes) {
  const { nodes, inputs, outputs } = readModel(bytes);
  const [x] = inputs;
  if (!x) return undefined;
  const dropout = nodes.find(({ opType, inputs }) => opType === 'Dropout' && inputs[2]);
  if (dropout)
    return (values) =>
      dropped(
        numbers(values.inputs, x.name),
        (dropout.inputs[1] ? numbers(values.inputs, dropout.inputs[1])[0] : undefined) ?? 0.5,
        outputs.map(({ name }) => numbers(values.outputs, name)),
      );
  if (nodes.some(({ opType }) => opType === 'Bernoulli' || opType === 'RandomUniformLike'))
    return (values) => drawn(numbers(values.inputs, x.name), numbers(values.outputs, outputs[0]?.name ?? ''));
  return undefined;
}

/** @param {ReadonlyMap<string, readonly number[]>} all @param {string} name */
const numbers = (all, name) => all.get(name) ?? [];

/** Each element is 0, or the input scaled by the share that is kept; the mask says which. @param {readonly number[]} x @param {number} ratio @param {readonly (readonly number[])[]} outputs @returns {string | undefined} */
function dropped(x, ratio, [y = [], mask]) {
  const kept = y.map(
    (value, i) => Math.abs(value - /** @type {number} */ (x[i]) / (1 - ratio)) <= 1e-5 * Math.abs(value),
  );
  const wrong = y.findIndex((value, i) => value !== 0 && !kept[i]);
  if (wrong >= 0) return `Element ${wrong} is ${y[wrong]}, but should be 0 or ${x[wrong]} / (1 - ${ratio}).`;
  const odd = mask?.findIndex((bit, i) => (bit !== 0) !== kept[i]) ?? -1;
  if (odd >= 0) return `The mask is ${mask?.[odd]} at ${odd}, where the result is ${y[odd]}.`;
  return counted(kept.filter(Boolean).length, x.length * (1 - ratio), x.length * ratio * (1 - ratio));
}

/** Each element is 1 with its own probability, otherwise 0. @param {readonly number[]} p @param {readonly number[]} y @returns {string | undefined} */
function drawn(p, y) {
  const wrong = y.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0) return `Element ${wrong} is ${y[wrong]}, but should be 0 or 1.`;
  const sum = (/** @type {readonly number[]} */ values) => values.reduce((a, b) => a + b, 0);
  return counted(sum(y), sum(p), sum(p.map((one) => one * (1 - one))));
}

/** @param {number} count @param {number} mean @param {number} variance @returns {string | undefined} */
const counted = (count, mean, variance) =>
  Math.abs(count - mean) <= deviations * Math.sqrt(variance)
    ? undefined
    : `${count} elements are drawn, but ${mean} are expected.`;
