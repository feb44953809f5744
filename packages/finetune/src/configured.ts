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

const defaultTask = 'classification';

function nameAndOptions(config: Configured): [name: string, options: Readonly<Record<string, unknown>>] {
  const { name, ...options } = typeof config === 'string' ? { name: config } : config;
  return [name, options];
}

/** @throws if a value inside a configuration is neither a name nor an object with a name */
function expectConfigured(value: unknown, what: string): Configured {
  if (isConfigured(value)) return value;
  throw new GraftError(`${what} must be names, or objects with a "name" and options, got ${JSON.stringify(value)}.`, {
    code: 'options.value',
  });
}

/** Creates a plugin's contribution. Options that it accepts and the configuration omits come from `known`. @throws if the name or an option is unknown */
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
      // Layers, losses and other functions that are differentiated must not be wrapped.
      watched.has(point.token) ? context.ownerOf(type) : undefined,
    );
  } catch (error) {
    throw asGraftError(error, 'options.value', place);
  }
}

/** Extension points whose contributions are wrapped, to name their plugin if they fail during a run. */
const watched: ReadonlySet<unknown> = new Set([modality, objective, callback, metric].map(({ token }) => token));

/** Creates the objective of a run's task. */
export const objectiveOf = (context: Context, { task = defaultTask }: Pick<RunOptions, 'task'>): Objective =>
  make(context, objective, task);

/** The modalities that a run may use: the one in its options, or all. */
export function modalitiesOf(
  context: Context,
  options: Pick<
    RunOptions,
    'modality' | 'size' | 'mean' | 'std' | 'range' | 'order' | 'resize' | 'inputs' | 'transforms'
  >,
): Modality[] {
  const { modality: chosen, size, mean, std, range, order, resize, inputs, transforms } = options;
  const known = { size, mean, std, range, order, resize, inputs, transforms };
  const names = chosen === undefined ? context.all(modality).map(({ name }) => name) : [chosen];
  return names.map((config) => make(context, modality, config, known));
}

export const lossOf = (context: Context, config: Configured): Loss => make(context, loss, config);

export const initializerOf = (context: Context, config: Configured): Initializer => make(context, initializer, config);

/** Metrics in addition to those of the objective. */
export const metricsOf = (context: Context, { metrics = [] }: Pick<RunOptions, 'metrics'>): Metric[] =>
  metrics.map((config) => make(context, metric, config));

/** Creates the head for these features. A head can consist of named layers, which receive their number of input features: `{ name: 'sequential', layers: [{ name: 'linear', out: 64 }, 'relu'] }`. */
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

/** Creates new callbacks for each phase, because they keep state. */
export const callbacksOf = (context: Context, { callbacks = [] }: RunOptions): Callback[] =>
  callbacks.map((config) => make(context, callback, config));

/** Creates the batch augmentation, if there is one. @throws if the backbone is frozen: the head is trained on features, not on batches of examples */
export function preparationOf(
  context: Context,
  { prepare: config, unfreeze }: RunOptions,
  classes: number,
): Prepare<never> | undefined {
  if (!config) return undefined;
  const made = make(context, preparation, config, { classes });
  if (unfreeze === 0)
    throw new GraftError(
      `"${nameAndOptions(config)[0]}" changes batches of inputs, but with a frozen backbone the head is trained on features that are computed once. Unfreeze the backbone (unfreeze), or omit "prepare".`,
      { code: 'options.value', place: 'prepare' },
    );
  return made as Prepare<never>;
}

/** Creates a phase's optimizer; undefined for the default one. */
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

/** The run's optimizer with another schedule, for the learning rate finder. */
export const optimizerAt = (
  context: Context,
  { optimizer: config }: RunOptions,
  learningRate: Schedule,
): GradientTransform =>
  config
    ? make(context, optimizer, config, { learningRate, weightDecay: 1e-2 })
    : chain(clipByGlobalNorm(1), adamW({ learningRate, weightDecay: 1e-2 }));

/** Schedules can be nested: `{ name: 'warmUp', steps: 20, then: 'cosine' }`. */
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
