import { type Initializer, initializer, layer, loss, type Loss, type Module } from '@graft/layers';
import {
  adamW,
  chain,
  clipByGlobalNorm,
  type GradientTransform,
  optimizer,
  type Schedule,
  schedule,
} from '@graft/optimizers';
import { asGraftError, blamed, type Context, type ExtensionPoint, GraftError, type Named } from '@graft/plugin';
import { type Modality, modality, type Objective, objective } from '@graft/tasks';
import { callback, type Callback, metric, type Metric, preparation, type Prepare } from '@graft/train';
import { head, type HeadOptions, linearHead, type OptimizerPlan } from '@graft/transfer';
import { type Configured, isConfigured, type RunOptions } from './run-options.ts';

/** What is predicted where nothing else is chosen. */
const usualTask = 'classification';

function nameAndOptions(config: Configured): [name: string, options: Readonly<Record<string, unknown>>] {
  const { name, ...options } = typeof config === 'string' ? { name: config } : config;
  return [name, options];
}

/** @throws where something inside a configuration names nothing */
function expectConfigured(value: unknown, what: string): Configured {
  if (isConfigured(value)) return value;
  throw new GraftError(`${what} are names, or objects with a "name" and options, got ${JSON.stringify(value)}.`, {
    code: 'options.value',
  });
}

/** Makes what a plugin registered. Options that it takes and nobody gave come from `known`. @throws where the name or an option is unknown */
function make<T extends object>(
  context: Context,
  point: ExtensionPoint<Named & { create(options?: object, context?: Context): T }>,
  config: Configured,
  known: Readonly<Record<string, unknown>> = {},
): T {
  const [name, options] = nameAndOptions(config);
  const place = `${point.label} "${name}"`;
  try {
    const type = context.get(point, name);
    const { optionNames = [] } = type as { readonly optionNames?: readonly string[] };
    const usable = Object.entries(known).filter(
      ([option, value]) => value !== undefined && optionNames.includes(option),
    );
    return blamed(
      type.create({ ...Object.fromEntries(usable), ...options }, context),
      place,
      // A network's modules and functions that are differentiated run as they are.
      watched.has(point.token) ? context.ownerOf(type) : undefined,
    );
  } catch (error) {
    throw asGraftError(error, 'options.value', place);
  }
}

/** Extension points whose contributions name their plugin where they fail during a run. */
const watched: ReadonlySet<unknown> = new Set([modality, objective, callback, metric].map(({ token }) => token));

/** What a run predicts. */
export const objectiveOf = (context: Context, { task = usualTask }: Pick<RunOptions, 'task'>): Objective =>
  make(context, objective, task);

/** Every modality that a run may use: the one it names, else all there are. */
export function modalitiesOf(
  context: Context,
  options: Pick<RunOptions, 'modality' | 'size' | 'mean' | 'std' | 'transforms'>,
): Modality[] {
  const { modality: chosen, size, mean, std, transforms } = options;
  const known = { size, mean, std, transforms };
  const names = chosen === undefined ? context.all(modality).map(({ name }) => name) : [chosen];
  return names.map((config) => make(context, modality, config, known));
}

export const lossOf = (context: Context, config: Configured): Loss => make(context, loss, config);

/** How weights of the head start. */
export const initializerOf = (context: Context, config: Configured): Initializer => make(context, initializer, config);

/** Metrics that a run computes beside those of its objective. */
export const metricsOf = (context: Context, { metrics = [] }: Pick<RunOptions, 'metrics'>): Metric[] =>
  metrics.map((config) => make(context, metric, config));

/** A head on these features. One of layers names them: `{ name: 'sequential', layers: [{ name: 'linear', out: 64 }, 'relu'] }`; each layer knows how many features reach it. */
export function headOf(context: Context, { head: config }: RunOptions, known: HeadOptions): Module {
  if (!config) return linearHead(known);
  const [name, { layers, ...options }] = nameAndOptions(config);
  const placed =
    (one: unknown) =>
    (width: number): Module =>
      make(context, layer, expectConfigured(one, `Layers of the head "${name}"`), { in: width, features: width });
  return context.get(head, name).create(
    {
      ...options,
      ...known,
      ...(layers !== undefined && { layers: Array.isArray(layers) ? layers.map(placed) : layers }),
    } as HeadOptions,
    context,
  );
}

/** A fresh callback each: they remember what they saw. */
export const callbacksOf = (context: Context, { callbacks = [] }: RunOptions): Callback[] =>
  callbacks.map((config) => make(context, callback, config));

/** What training batches go through, or nothing where they are taken as they are. @throws where the head alone learns: it sees features, not examples */
export function preparationOf(
  context: Context,
  { prepare: config, unfreeze }: RunOptions,
  classes: number,
): Prepare<never> | undefined {
  if (!config) return undefined;
  const made = make(context, preparation, config, { classes });
  if (unfreeze === 0)
    throw new GraftError(
      `"${nameAndOptions(config)[0]}" changes batches of inputs, and with a frozen backbone the head learns from features that are computed once. Unfreeze the backbone (unfreeze), or leave "prepare" out.`,
      { code: 'options.value', place: 'prepare' },
    );
  return made as Prepare<never>;
}

/** How a phase's optimizer is made, or nothing where the standard one will do. */
export function optimizerOf(
  context: Context,
  { optimizer: config, schedule: rate }: RunOptions,
): ((plan: OptimizerPlan) => GradientTransform) | undefined {
  if (!config && !rate) return undefined;
  return (plan) =>
    make(context, optimizer, config ?? 'adamW', {
      ...plan,
      learningRate: rate ? scheduleOf(context, rate, plan) : plan.learningRate,
    });
}

/** The run's optimizer with a schedule in place of its own: what tries learning rates out moves weights as training will. */
export const optimizerAt = (
  context: Context,
  { optimizer: config }: RunOptions,
  learningRate: Schedule,
): GradientTransform =>
  config
    ? make(context, optimizer, config, { learningRate, weightDecay: 1e-2 })
    : chain(clipByGlobalNorm(1), adamW({ learningRate, weightDecay: 1e-2 }));

/** Schedules hold others: `{ name: 'warmUp', steps: 20, then: 'cosine' }`. */
function scheduleOf(context: Context, config: Configured, plan: OptimizerPlan): Schedule {
  const [name, { then, schedules, ...options }] = nameAndOptions(config);
  const inner = (one: unknown): Schedule => scheduleOf(context, one as Configured, plan);
  const nested = {
    ...(then !== undefined && { then: inner(then) }),
    ...(Array.isArray(schedules) && { schedules: schedules.map(inner) }),
  };
  const { learningRate, steps } = plan;
  return make(
    context,
    schedule,
    { name, ...options, ...nested },
    { from: learningRate, peak: learningRate, value: learningRate, steps },
  );
}
