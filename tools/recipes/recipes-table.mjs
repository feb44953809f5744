// @ts-check
// Tables of the recipes, and whether differences are more than noise.
import { exactMcNemar } from '@graft/report';
import { Random } from '@graft/tensor';

/** @typedef {import('./recipes.mjs').Row} Row */
/** @typedef {import('./recipes.mjs').Scores} Scores */

/** @param {readonly number[]} list */
export const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;

const flips = 10_000;

/**
 * Two-sided p-value of paired differences: the share of random sign flips whose mean is at least as far from 0.
 * @param {readonly number[]} differences
 */
export function signFlip(differences) {
  const own = Math.abs(mean(differences));
  const random = new Random(0);
  let extreme = 0;
  for (let i = 0; i < flips; i++)
    if (Math.abs(mean(differences.map((value) => (random.next() < 0.5 ? -value : value)))) >= own - 1e-12) extreme++;
  return (extreme + 1) / (flips + 1);
}

/** @typedef {{ accuracy: number, nll: number, ece: number }} Means */
/** @typedef {{ set: string, kind: string, judge: string, training: number, graft: Means, other: Means, differences: readonly number[], p: number }} Line */

/** Means over seeds of each set, kind and judge. @param {readonly Row[]} rows @returns {Line[]} */
export function linesOf(rows) {
  const keys = [...new Set(rows.map(({ set, kind }) => `${set} ${kind}`))];
  return keys.flatMap((key) => {
    const own = rows.filter(({ set, kind }) => `${set} ${kind}` === key);
    return [...new Set(own.flatMap(({ judges }) => [...judges.keys()]))].map((judge) => {
      const pairs = own.flatMap(({ graft, judges }) => {
        const other = judges.get(judge);
        return other ? [{ graft, other }] : [];
      });
      const means = (/** @type {readonly Scores[]} */ list) => ({
        accuracy: mean(list.map(({ right }) => mean(right))),
        nll: mean(list.map(({ nll }) => nll)),
        ece: mean(list.map(({ ece }) => ece)),
      });
      /** Examples that only one got right. */
      const only = (/** @type {0 | 1} */ hit) =>
        pairs.reduce(
          (sum, { graft, other }) => sum + graft.right.filter((one, k) => one === hit && other.right[k] !== hit).length,
          0,
        );
      const { set, kind, training } = /** @type {Row} */ (own[0]);
      return {
        set,
        kind,
        judge,
        training,
        graft: means(pairs.map(({ graft }) => graft)),
        other: means(pairs.map(({ other }) => other)),
        differences: pairs.map(({ graft, other }) => mean(graft.right) - mean(other.right)),
        p: exactMcNemar(only(1), only(0)),
      };
    });
  });
}

const head = [
  'set',
  'kind',
  'examples',
  'compared with',
  'accuracy',
  'theirs',
  'difference',
  'NLL',
  'theirs',
  'ratio',
  'ECE',
  'theirs',
];

/** @param {readonly Line[]} lines */
const cells = (lines) =>
  lines.map(({ set, kind, judge, training, graft, other, p }) => [
    set,
    kind,
    String(training),
    judge,
    percent(graft.accuracy),
    percent(other.accuracy),
    p < 0.05 ? `${graft.accuracy < other.accuracy ? 'worse' : 'better'}, p = ${p.toFixed(3)}` : `p = ${p.toFixed(2)}`,
    graft.nll.toFixed(3),
    other.nll.toFixed(3),
    (graft.nll / other.nll).toFixed(2),
    percent(graft.ece),
    percent(other.ece),
  ]);

/** Results against each judge over all sets, kinds and seeds, one sentence each. @param {readonly Line[]} lines */
export function verdictsOf(lines) {
  return [...new Set(lines.map(({ judge }) => judge))].map((judge) => {
    const own = lines.filter((line) => line.judge === judge);
    const differences = own.flatMap((line) => line.differences);
    const [nll, theirs] = [mean(own.map(({ graft }) => graft.nll)), mean(own.map(({ other }) => other.nll))];
    return `${judge}: accuracy ${mean(differences) < 0 ? '' : '+'}${(100 * mean(differences)).toFixed(2)} points over ${differences.length} runs (sign-flip test, p = ${signFlip(differences).toFixed(3)}); mean NLL ${nll.toFixed(3)}, theirs ${theirs.toFixed(3)}: ${(nll / theirs).toFixed(2)} ×`;
  });
}

/** The table as text. @param {readonly Row[]} rows */
export function recipesTable(rows) {
  const lines = linesOf(rows);
  const all = [head, ...cells(lines)];
  const widths = head.map((_, k) => Math.max(...all.map((row) => String(row[k]).length)));
  return `${all.map((row) => row.map((cell, k) => cell.padEnd(Number(widths[k]))).join('  ')).join('\n')}\n\n${verdictsOf(lines).join('\n')}`;
}

/**
 * The page docs/recipes.md.
 * @param {readonly Row[]} rows
 * @param {{ sets: readonly import('./data-sets.mjs').DataSet[], machine: string, testPerClass: number, options: string, minutes: number | undefined }} about `minutes` of a run that was not interrupted
 */
export function recipesPage(rows, { sets, machine, testPerClass, options, minutes }) {
  const lines = linesOf(rows);
  return `# Recipes

Written by \`npm run recipes -- --markdown docs/recipes.md${options}\` on ${machine}${minutes === undefined ? '' : `, in ${minutes.toFixed(0)} minutes`}. Each recipe is \`graft finetune\` with default options on a few training examples, measured on
${testPerClass} test examples of each class that no choice uses. The table shows the means of ${Math.max(...rows.map(({ seed }) => seed)) + 1} seeds. **Frozen** recipes are compared with scikit-learn's logistic
regression on the same features, standardised: with its default penalty, and with the one that cross-validation chooses by log-loss. **Unfrozen** recipes train the whole network for 5
epochs, and are compared with the frozen network on the same examples.

- **difference**: exact McNemar test over the test examples of all seeds
- **NLL**: negative log-likelihood in nats; **ECE**: expected calibration error in 15 bins

${sets.map(({ name, origin }) => `- **${name}**: ${origin}`).join('\n')}

| ${head.join(' | ')} |
| ${head.map(() => '---').join(' | ')} |
${cells(lines)
  .map((row) => `| ${row.join(' | ')} |`)
  .join('\n')}

${verdictsOf(lines)
  .map((text) => `- ${text}`)
  .join('\n')}
`;
}
