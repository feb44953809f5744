import type { Batch } from '@graft/data';
import { layer, loss, type Loss, type Module } from '@graft/layers';
import {
  adamW,
  chain,
  clipByGlobalNorm,
  type GradientTransform,
  optimizer,
  type Schedule,
  schedule,
} from '@graft/optimizers';
import type { App, ExtensionPoint, Named } from '@graft/plugin';
import type { Storage } from '@graft/storage';
import { callback, type Callback, preparation, type Prepare } from '@graft/train';
import { head, type HeadOptions, linearHead, type OptimizerPlan } from '@graft/transfer';
import { type Configured, isConfigured, type RunOptions } from './run-options.ts';

function nameAndOptions(config: Configured): [name: string, options: Readonly<Record<string, unknown>>] {
  const { name, ...options } = typeof config === 'string' ? { name: config } : config;
  return [name, options];
}

/** @throws where something inside a configuration names nothing */
function wantConfigured(value: unknown, what: string): Configured {
  if (isConfigured(value)) return value;
  throw new Error(`${what} are names, or objects with a "name" and options, got ${JSON.stringify(value)}.`);
}

/** Makes what a plugin registered. Options that it takes and nobody gave come from `known`. @throws where the name or an option is unknown */
function make<T>(
  app: App,
  point: ExtensionPoint<Named & { create(options?: object): T }>,
  config: Configured,
  known: Readonly<Record<string, unknown>> = {},
): T {
  const [name, options] = nameAndOptions(config);
  const type = app.get(point, name);
  const { optionNames = [] } = type as { readonly optionNames?: readonly string[] };
  return type.create({
    ...Object.fromEntries(Object.entries(known).filter(([option]) => optionNames.includes(option))),
    ...options,
  });
}

export const lossOf = (app: App, config: Configured): Loss => make(app, loss, config);

/** A head on these features. One of layers names them: `{ name: 'sequential', layers: [{ name: 'linear', out: 64 }, 'relu'] }`; as many features as reach a layer are known to it. */
export function headOf(app: App, { head: config }: RunOptions, known: HeadOptions): Module {
  if (!config) return linearHead(known);
  const [name, { layers, ...options }] = nameAndOptions(config);
  const placed =
    (one: unknown) =>
    (width: number): Module =>
      make(app, layer, wantConfigured(one, `Layers of the head "${name}"`), { in: width, features: width });
  return app.get(head, name).create({
    ...options,
    ...known,
    ...(layers !== undefined && { layers: Array.isArray(layers) ? layers.map(placed) : layers }),
  } as HeadOptions);
}

/** A fresh callback each: they remember what they saw. `storage` is for those that write files. */
export const callbacksOf = (app: App, { callbacks = [] }: RunOptions, storage: Storage): Callback[] =>
  callbacks.map((config) => make(app, callback, config, { storage }));

/** What training batches go through, or nothing where they are taken as they are. @throws where the head alone learns: it sees features, not images */
export function preparationOf(
  app: App,
  { prepare: config, unfreeze }: RunOptions,
  classes: number,
): Prepare<Batch> | undefined {
  if (!config) return undefined;
  const made = make(app, preparation, config, { classes });
  if (unfreeze === 0)
    throw new Error(
      `"${nameAndOptions(config)[0]}" changes batches of images, and behind a frozen backbone the head learns from features that are computed once. Let the backbone learn (--unfreeze), or leave "prepare" out.`,
    );
  return made;
}

/** How a phase's optimizer is made, or nothing where the usual one will do. */
export function optimizerOf(
  app: App,
  { optimizer: config, schedule: rate }: RunOptions,
): ((plan: OptimizerPlan) => GradientTransform) | undefined {
  if (!config && !rate) return undefined;
  return (plan) =>
    make(app, optimizer, config ?? 'adamW', {
      ...plan,
      learningRate: rate ? scheduleOf(app, rate, plan) : plan.learningRate,
    });
}

/** The run's optimizer with a schedule in place of its own: what tries learning rates out moves weights as training will. */
export const optimizerAt = (app: App, { optimizer: config }: RunOptions, learningRate: Schedule): GradientTransform =>
  config
    ? make(app, optimizer, config, { learningRate, weightDecay: 1e-2 })
    : chain(clipByGlobalNorm(1), adamW({ learningRate, weightDecay: 1e-2 }));

/** Schedules hold others: `{ name: 'warmUp', steps: 20, then: 'cosine' }`. */
function scheduleOf(app: App, config: Configured, plan: OptimizerPlan): Schedule {
  const [name, { then, schedules, ...options }] = nameAndOptions(config);
  const inner = (one: unknown): Schedule => scheduleOf(app, one as Configured, plan);
  const nested = {
    ...(then !== undefined && { then: inner(then) }),
    ...(Array.isArray(schedules) && { schedules: schedules.map(inner) }),
  };
  const { learningRate, steps } = plan;
  return make(
    app,
    schedule,
    { name, ...options, ...nested },
    { from: learningRate, peak: learningRate, value: learningRate, steps },
  );
}
