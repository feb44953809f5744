import { type AnyModule, loadWeights, withoutDrawing } from '@graft/layers';
import { type Context, didYouMean } from '@graft/plugin';
import { type HostArray, Random, readAll, sameShape, type Shape, showShape } from '@graft/tensor';
import type { Architecture } from './architecture.ts';

/** An {@link Architecture} with the weights of a file. */
export interface PretrainedModule {
  readonly module: AnyModule;
  /** Shape of its input without the batch dimension, if the weights determine it. */
  readonly inputShape: readonly number[] | undefined;
  /** Sentences on names that were changed and tensors that were left out. */
  readonly notes: readonly string[];
}

/** Options of {@link loadPretrained}. */
export interface LoadPretrainedOptions {
  /** The file's name in messages. */
  readonly name: string;
  readonly context?: Context;
  /** Seed of a classifier that the file does not have; default 0. */
  readonly seed?: number;
}

type Shapes = ReadonlyMap<string, Shape>;
const mostListed = 4;

/**
 * Creates an architecture with weights by the names of torchvision, or of timm where the architecture knows them. Prefixes such as `module.` are removed if the names fit
 * then. The number of classes is that of the weights; a classifier that they lack is random.
 * @throws if parameters are missing, unknown or of another shape
 */
export async function loadPretrained(
  architecture: Architecture,
  tensors: ReadonlyMap<string, HostArray>,
  { name, context, seed = 0 }: LoadPretrainedOptions,
): Promise<PretrainedModule> {
  const file = JSON.stringify(name);
  const create = (options: object): AnyModule => withoutDrawing(() => architecture.create(options, context));
  const standard = create({});
  const own = shapesOf(standard);
  const { weights, notes } = renamed(tensors, own, architecture, file);
  const given: Shapes = new Map([...weights].map(([path, { shape }]) => [path, shape]));
  const { options = {}, inputShape } = architecture.fitting?.(given) ?? {};
  const fitted = Object.keys(options).length ? create(options) : standard;
  const isSame = sameShapes(given, shapesOf(fitted));
  const takesClasses = (architecture as { readonly optionNames?: readonly string[] }).optionNames?.includes('classes');
  const classifier =
    isSame || !takesClasses ? new Set<string>() : classifierOf(shapesOf(fitted), create({ ...options, classes: 7 }));
  const classes = classesOf(given, shapesOf(fitted), classifier);
  const module = classes === undefined ? fitted : create({ ...options, classes });
  const expected = shapesOf(module);
  const lacksClassifier = classifier.size > 0 && ![...classifier].some((path) => given.has(path));
  const missing = [...expected.keys()].filter((path) => !given.has(path) && !(lacksClassifier && classifier.has(path)));
  const children = new Set([...expected.keys()].map((path) => path.split('.')[0]));
  const others = [...given.keys()].filter((path) => !expected.has(path));
  const unknown = others.filter((path) => children.has(path.split('.')[0]));
  const misfits = [...expected].filter(([path, shape]) => given.has(path) && !sameShape(given.get(path)!, shape));
  const wrong = [
    ...(missing.length
      ? [`${missing.length} of its ${expected.size} parameters are missing (${listed(missing)})`]
      : []),
    ...(unknown.length ? [`${unknown.length} tensors are unknown (${listed(unknown)})`] : []),
    ...(misfits.length
      ? [
          `${misfits.length} tensors have other shapes (${listed(misfits.map(([path, shape]) => `${path} is ${showShape(given.get(path)!)} instead of ${showShape(shape)}`))})`,
        ]
      : []),
  ];
  if (wrong.length)
    throw new Error(
      `The weights of ${file} do not fit ${architecture.name}: ${wrong.join('; ')}.${missing[0] === undefined ? '' : didYouMean(missing[0], others)} Use the architecture that they were trained with.`,
    );
  const left = others.filter((path) => !unknown.includes(path));
  if (left.length) notes.push(`${file}: left out tensors that ${architecture.name} does not have: ${listed(left)}.`);
  if (lacksClassifier) notes.push(`${file} has no classifier (${listed([...classifier])}), so it is random.`);
  if (lacksClassifier) reset(module, classifier, seed);
  const drawn = lacksClassifier ? [...module.parameters()].filter(([path]) => classifier.has(path)) : [];
  const values = await readAll(drawn.map(([, { value }]) => value));
  loadWeights(
    module,
    new Map([
      ...[...weights].filter(([path]) => expected.has(path)),
      ...drawn.map(([path], i) => [path, values[i]!] as const),
    ]),
  );
  return { module, inputShape, notes };
}

const shapesOf = (module: AnyModule): Map<string, Shape> =>
  new Map([...module.parameters()].map(([path, { value }]) => [path, value.shape]));

/** Draws the parameters of a classifier. */
function reset(module: AnyModule, classifier: ReadonlySet<string>, seed: number): void {
  for (const [path, one] of module.modules())
    if ([...classifier].some((name) => name.slice(0, name.lastIndexOf('.')) === path))
      one.reset(new Random(seed).fork('initialize', path));
}

const sameShapes = (a: Shapes, b: Shapes): boolean =>
  a.size === b.size && [...a].every(([path, shape]) => b.has(path) && sameShape(b.get(path)!, shape));

/** Parameters whose shape depends on the number of classes. */
function classifierOf(shapes: Shapes, other: AnyModule): ReadonlySet<string> {
  const changed = shapesOf(other);
  return new Set(
    [...shapes].filter(([path, shape]) => !sameShape(changed.get(path) ?? [], shape)).map(([path]) => path),
  );
}

/** The number of classes if the classifier of the weights has another one than the architecture's. */
function classesOf(given: Shapes, expected: Shapes, classifier: ReadonlySet<string>): number | undefined {
  const counts = new Set([...classifier].map((path) => given.get(path)?.[0]));
  const [count] = counts;
  return counts.size === 1 && [...classifier].some((path) => expected.get(path)![0] !== count) ? count : undefined;
}

/** What training programs put before the names of a network's parameters. */
const prefix = /^(?:module|model|backbone|_orig_mod|net|network|encoder|base_model|bert|dinov2|0|auto_model)\./;

/** Tensors that are not read: how many batches PyTorch has seen only matters for averages without a momentum; positions are a list of integers; masks are for pretraining. */
const unread = /(^|\.)(num_batches_tracked|position_ids|mask_token)$/;

/** Gives weights the names and shapes of the architecture. */
function renamed(
  tensors: ReadonlyMap<string, HostArray>,
  own: Shapes,
  { checkpointNames = (name) => name }: Architecture,
  file: string,
): { readonly weights: ReadonlyMap<string, HostArray>; readonly notes: string[] } {
  const names = [...tensors.keys()].filter((name) => !unread.test(name));
  const translated = (name: string): readonly string[] => (own.has(name) ? [name] : [checkpointNames(name)].flat());
  const fits = (start: string): number =>
    names.filter((name) => translated(without(name, start)).every((path) => own.has(path))).length;
  let best = { start: '', count: fits('') };
  for (const start of startsOf(names)) {
    const count = fits(start);
    if (count > best.count) best = { start, count };
  }
  const weights = new Map<string, HostArray>();
  for (const name of names) {
    const paths = translated(without(name, best.start));
    for (const [i, part] of rowsOf(tensors.get(name)!, paths.length, `${file}: "${name}"`).entries()) {
      const path = paths[i]!;
      if (weights.has(path))
        throw new Error(`${file} has two tensors for the parameter "${path}". Save the weights of one network.`);
      weights.set(path, withShape(part, own.get(path)));
    }
  }
  return { weights, notes: best.start ? [`${file}: the prefix "${best.start}" of its names is left out.`] : [] };
}

/** Splits a tensor along its first dimension into equal parts. */
function rowsOf(tensor: HostArray, count: number, name: string): readonly HostArray[] {
  if (count === 1) return [tensor];
  const [rows = 1, ...rest] = tensor.shape;
  if (rows % count)
    throw new Error(
      `${name} holds ${count} parameters, but its shape is ${showShape(tensor.shape)}. Use an undamaged copy.`,
    );
  const size = tensor.data.length / count;
  return Array.from({ length: count }, (_, i) => ({
    ...tensor,
    shape: [rows / count, ...rest],
    data: tensor.data.slice(i * size, (i + 1) * size),
  }));
}

/** A tensor with the shape of a parameter, if they differ only by dimensions of 1 at the end: libraries keep scales as [features] or [features, 1, 1]. */
function withShape(tensor: HostArray, shape: Shape | undefined): HostArray {
  if (!shape || shape.length === tensor.shape.length) return tensor;
  const [short, long] = shape.length < tensor.shape.length ? [shape, tensor.shape] : [tensor.shape, shape];
  return short.length > 0 && long.every((size, i) => size === (short[i] ?? 1)) ? { ...tensor, shape } : tensor;
}

const without = (name: string, start: string): string => (name.startsWith(start) ? name.slice(start.length) : name);

/** All sequences of prefixes that names start with, such as `model.` and `model.module.`. */
function startsOf(names: readonly string[]): ReadonlySet<string> {
  const starts = new Set<string>();
  for (const name of names) {
    let length = 0;
    for (let found = prefix.exec(name); found && length < 100; found = prefix.exec(name.slice(length))) {
      length += found[0].length;
      starts.add(name.slice(0, length));
    }
  }
  return starts;
}

const listed = (names: readonly string[]): string =>
  names
    .slice(0, mostListed)
    .map((name) => name.slice(0, 100).replaceAll(/\p{Cc}/gu, '?'))
    .join(', ') + (names.length > mostListed ? ` and ${names.length - mostListed} more` : '');
