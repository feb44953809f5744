import { type LayerReport, watchLayers } from '@graft/layers';
import type { Callback } from '@graft/train';

/** Options of {@link trainingMonitor}. */
export interface TrainingMonitorOptions {
  /** Inspect every so many steps; default 100. */
  readonly every?: number;
  /** A gradient vanishes if its norm relative to its weights' norm is below this fraction of the greatest such ratio; default 1e-5. */
  readonly vanishing?: number;
  /** A gradient explodes if its norm is greater than this many times its weights' norm; default 10. */
  readonly exploding?: number;
  /** Fraction of dead units from which a layer is reported; default 0.5. */
  readonly dead?: number;
  /** Receives norms, statistics and histograms of each inspected step, for logs or plots. */
  readonly report?: (report: LayerReport, step: number) => void;
}

/** Inspects a step now and then, and warns once per layer about vanishing or exploding gradients and dead units, with possible fixes. */
export function trainingMonitor({
  every = 100,
  vanishing = 1e-5,
  exploding = 10,
  dead = 0.5,
  report: show,
}: TrainingMonitorOptions = {}): Callback {
  if (!(Number.isInteger(every) && every >= 1))
    throw new Error(`trainingMonitor expects "every" to be an integer of 1 or more, got ${every}.`);
  if (!(vanishing >= 0 && vanishing <= 1))
    throw new Error(`trainingMonitor expects "vanishing" to be from 0 to 1, got ${vanishing}.`);
  if (!(exploding > 0)) throw new Error(`trainingMonitor expects "exploding" to be above 0, got ${exploding}.`);
  if (!(dead > 0 && dead <= 1)) throw new Error(`trainingMonitor expects "dead" to be in (0, 1], got ${dead}.`);
  const warned = new Set<string>();
  let inspected: { readonly step: number; readonly report: () => Promise<LayerReport> } | undefined;
  return {
    name: 'trainingMonitor',
    aroundStep({ model, step }, run) {
      if (step % every !== 0) return run();
      const { result, report } = watchLayers(model, run);
      inspected = { step, report };
      return result;
    },
    async afterStep({ model, warn }) {
      if (!inspected) return;
      const { step, report: read } = inspected;
      inspected = undefined;
      const report = await read();
      show?.(report, step);
      const matrices = new Set([...model.parameters()].flatMap(([path, { value }]) => (value.rank > 1 ? [path] : [])));
      for (const { key, sentence } of findings(report, matrices, { vanishing, exploding, dead })) {
        if (warned.has(key)) continue;
        warned.add(key);
        warn(`Step ${step}: ${sentence}`);
      }
    },
    save: () => [...warned],
    restore(saved) {
      for (const key of Array.isArray(saved) ? saved : []) warned.add(String(key));
    },
  };
}

/** The worst layer for each kind of problem. Vectors are left out: biases start at 0, so any gradient is large relative to them. */
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
            sentence: `the gradient of "${least.path}" vanishes (${least.ratio.toExponential(1)} of its weights' norm, compared with ${greatest.ratio.toExponential(1)} for "${greatest.path}"); try a residual connection, a normalisation layer before it, or another initializer.`,
          },
        ]
      : []),
    ...(greatest && !(greatest.ratio <= limits.exploding)
      ? [
          {
            key: `exploding ${greatest.path}`,
            sentence: `the gradient of "${greatest.path}" explodes (${Math.round(greatest.ratio)} times its weights' norm); try clipByGlobalNorm, a lower learning rate, or a normalisation layer.`,
          },
        ]
      : []),
    ...(deadest
      ? [
          {
            key: `dead ${deadest.path}`,
            sentence: `${Math.round(100 * deadest.output.deadUnits!)} % of the units of "${deadest.path}" (${deadest.kind}) are dead (0 for every sample of the batch); try a lower learning rate, LeakyReLU or GELU, or the initializer heNormal.`,
          },
        ]
      : []),
  ];
}
