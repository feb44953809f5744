/**
 * The two-sided p-value of the exact McNemar test (Edwards 1948): how likely two classifiers that are equally good differ at least this much on the same examples.
 * @param onlyFirst number of examples that only the first one predicts correctly
 * @param onlySecond the same of the second one
 * @throws if a number is not a non-negative integer
 */
export function exactMcNemar(onlyFirst: number, onlySecond: number): number {
  for (const count of [onlyFirst, onlySecond])
    if (!(Number.isSafeInteger(count) && count >= 0))
      throw new Error(`exactMcNemar expects two counts of examples, got ${onlyFirst} and ${onlySecond}.`);
  const all = onlyFirst + onlySecond;
  // Twice the lower tail of the binomial distribution of `all` fair coins, in logarithms, because 2^-all underflows.
  let log = -all * Math.LN2;
  let tail = Math.exp(log);
  for (let i = 1; i <= Math.min(onlyFirst, onlySecond); i++) {
    log += Math.log((all - i + 1) / i);
    tail += Math.exp(log);
  }
  return Math.min(1, 2 * tail);
}
