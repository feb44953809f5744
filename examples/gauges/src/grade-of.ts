/** How one grade is read off probabilities: the middle one, which is the nearest on average, or the likeliest. */
export type GradeRule = 'median' | 'mode';

/** The grade that log-probabilities stand for. */
export function gradeOf(logProbabilities: ArrayLike<number>, rule: GradeRule = 'median'): number {
  let [sum, best] = [0, 0];
  for (let k = 0; k < logProbabilities.length; k++) {
    if (rule === 'median' && (sum += Math.exp(logProbabilities[k]!)) >= 0.5) return k;
    if (logProbabilities[k]! > logProbabilities[best]!) best = k;
  }
  return best;
}

/** Calls `see` with the grade and the true grade of each example of a batch. @param outputs log-probabilities [batch, grades] */
export function eachGrade(
  { values, shape }: { readonly values: Float32Array; readonly shape: readonly number[] },
  truths: ArrayLike<number>,
  rule: GradeRule,
  see: (grade: number, truth: number) => void,
): void {
  const grades = shape[1]!;
  for (let n = 0; n < shape[0]!; n++)
    see(gradeOf(values.subarray(n * grades, (n + 1) * grades), rule), Number(truths[n]));
}
