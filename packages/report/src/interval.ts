/** Wilson's 95 % confidence interval of the fraction `hits / all`; 0 to 1 if `all` is 0. */
export function interval(hits: number, all: number): [low: number, high: number] {
  if (!all) return [0, 1];
  const [share, z2] = [hits / all, 1.96 ** 2];
  const [middle, spread] = [
    share + z2 / (2 * all),
    1.96 * Math.sqrt((share * (1 - share)) / all + z2 / (4 * all * all)),
  ];
  return [(middle - spread) / (1 + z2 / all), (middle + spread) / (1 + z2 / all)];
}
