import { type LayerReport, watchLayers } from '@graft/layers';
import type { Callback } from '@graft/train';

export interface TrainingMonitorOptions {
  /** How many steps are between looks; default 100. */
  readonly every?: number;
  /** A gradient vanishes that is, beside its weights' norm, below this share of the greatest one; default 1e-5. */
  readonly vanishing?: number;
  /** A gradient explodes that is longer than this many times its weights' norm; default 10. */
  readonly exploding?: number;
  /** The share of units from which a layer is said to have dead ones; default 0.5. */
  readonly dead?: number;
  /** Gets the norms, statistics and histograms of a step that was looked at, for a log or a picture. */
  readonly report?: (report: LayerReport, step: number) => void;
}

/** Looks at a step now and then, and warns in a sentence which layer's gradient vanishes or explodes or whose units are dead, and what to try; each once. */
export function trainingMonitor({
  every = 100,
  vanishing = 1e-5,
  exploding = 10,
  dead = 0.5,
  report: show,
}: TrainingMonitorOptions = {}): Callback {
  if (!(Number.isInteger(every) && every >= 1))
    throw new Error(`trainingMonitor wants to look every 1 or more steps, got ${every}.`);
  if (!(vanishing >= 0 && vanishing <= 1))
    throw new Error(`trainingMonitor wants "vanishing" to be a share from 0 to 1, got ${vanishing}.`);
  if (!(exploding > 0)) throw new Error(`trainingMonitor wants "exploding" above 0, got ${exploding}.`);
  if (!(dead > 0 && dead <= 1))
    throw new Error(`trainingMonitor wants a share of dead units above 0, up to 1, got ${dead}.`);
  const told = new Set<string>();
  let looked: { readonly step: number; readonly report: () => Promise<LayerReport> } | undefined;
  return {
    name: 'trainingMonitor',
    aroundStep({ model, step }, run) {
      if (step % every !== 0) return run();
      const { result, report } = watchLayers(model, run);
      looked = { step, report };
      return result;
    },
    async afterStep({ model, warn }) {
      if (!looked) return;
      const { step, report: read } = looked;
      looked = undefined;
      const report = await read();
      show?.(report, step);
      const matrices = new Set([...model.parameters()].flatMap(([path, { value }]) => (value.rank > 1 ? [path] : [])));
      for (const { key, sentence } of findings(report, matrices, { vanishing, exploding, dead })) {
        if (told.has(key)) continue;
        told.add(key);
        warn(`Step ${step}: ${sentence}`);
      }
    },
    save: () => [...told],
    restore(saved) {
      for (const key of Array.isArray(saved) ? saved : []) told.add(String(key));
    },
  };
}

/** The worst layer of each kind of trouble. Vectors are left out: biases start at 0, and any gradient is long beside that. */
function findings(
  { layers, parameters }: LayerReport,
  matrices: ReadonlySet<string>,
  limits: { readonly vanishing: number; readonly exploding: number; readonly dead: number },
): { readonly key: string; readonly sentence: string }[] {
  const ratios = parameters
    .filter(({ path, norm }) => matrices.has(path) && norm > 0)
    .map(({ path, gradient, norm }) => ({ path, ratio: gradient.norm / norm }))
    .sort((a, b) => a.ratio - b.ratio);
  const [least, greatest] = [ratios[0], ratios.at(-1)];
  const deadest = layers
    .filter(({ output }) => (output.deadUnits ?? 0) >= limits.dead)
    .sort((a, b) => b.output.deadUnits! - a.output.deadUnits!)[0];
  return [
    ...(least && greatest && least.ratio < limits.vanishing * greatest.ratio
      ? [
          {
            key: `vanishing ${least.path}`,
            sentence: `the gradient of "${least.path}" vanishes (${least.ratio.toExponential(1)} of its weights' norm, where "${greatest.path}" has ${greatest.ratio.toExponential(1)}); try a residual connection or a normalisation before it, or another initializer.`,
          },
        ]
      : []),
    ...(greatest && !(greatest.ratio <= limits.exploding)
      ? [
          {
            key: `exploding ${greatest.path}`,
            sentence: `the gradient of "${greatest.path}" explodes (${Math.round(greatest.ratio)} times its weights' norm); try clipByGlobalNorm, a lower learning rate, or a normalisation.`,
          },
        ]
      : []),
    ...(deadest
      ? [
          {
            key: `dead ${deadest.path}`,
            sentence: `${Math.round(100 * deadest.output.deadUnits!)} % of the units of "${deadest.path}" (${deadest.kind}) are dead: they are 0 for every sample of the batch; try a lower learning rate, LeakyReLU or GELU, or the initializer heNormal.`,
          },
        ]
      : []),
  ];
}
