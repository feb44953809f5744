/** How a grade is chosen from probabilities: the median, which minimises the expected distance, or the mode, the most probable grade. */
export type GradeRule = 'median' | 'mode';

/** Chooses a grade from log-probabilities. */
export function gradeOf(logProbabilities: ArrayLike<number>, rule: GradeRule = 'median'): number {
  let [sum, best] = [0, 0];
  for (let k = 0; k < logProbabilities.length; k++) {
    if (rule === 'median' && (sum += Math.exp(logProbabilities[k]!)) >= 0.5) return k;
    if (logProbabilities[k]! > logProbabilities[best]!) best = k;
  }
  return best;
}

/** Calls `visit` with the predicted and the true grade of each example in a batch of log-probabilities [batch, grades]. */
export function eachGrade(
  { values, shape }: { readonly values: Float32Array; readonly shape: readonly number[] },
  truths: ArrayLike<number>,
  rule: GradeRule,
  visit: (grade: number, truth: number) => void,
): void {
  const grades = shape[1]!;
  for (let n = 0; n < shape[0]!; n++)
    visit(gradeOf(values.subarray(n * grades, (n + 1) * grades), rule), Number(truths[n]));
}
