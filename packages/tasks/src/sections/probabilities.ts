/** Softmax of one example's logits. */
export function probabilitiesOf(logits: Float32Array): Float32Array {
  const greatest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
  return logits.map((logit) => Math.exp(logit - greatest) / total);
}
