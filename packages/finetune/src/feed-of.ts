import { type ExampleFile, openExamples, type ReadingOptions } from '@graft/data';
import { type Context, GraftError } from '@graft/plugin';
import { type Feed, type Modality, type Network, type Objective, WrongModality } from '@graft/tasks';
import type { Shape } from '@graft/tensor';
import { sourceOptionsOf } from './run-data.ts';

/** A modality with its feed for a network. */
export interface FedNetwork {
  readonly modality: Modality;
  readonly feed: Feed;
}

/**
 * Finds the modality that can feed a network; if several can, the one that fits the data.
 * @param data without data, the first modality that can feed the network is used
 * @throws if no modality can feed it, with the reason of each, or several can and the data fits none or more than one
 */
export async function feedOf(
  context: Context,
  network: Network,
  {
    modalities,
    objective,
    data,
    reading = {},
  }: { modalities: readonly Modality[]; objective: Objective; data?: unknown; reading?: ReadingOptions },
): Promise<FedNetwork> {
  const found: FedNetwork[] = [];
  const refused: { modality: Modality; reason: Error }[] = [];
  for (const modality of modalities) {
    try {
      found.push({ modality, feed: await modality.feed(network, objective) });
    } catch (error) {
      refused.push({ modality, reason: error as Error });
    }
  }
  const details = { code: 'model.input', place: network.file.name };
  const unopened: Error[] = [];
  const fittingOf = async <T extends { readonly modality: Modality }>(list: readonly T[]): Promise<T[]> => {
    if (data === undefined) return [];
    const fits = await Promise.all(
      list.map(({ modality }) =>
        fitsData(context, data, modality, reading).catch((error: Error) => {
          unopened.push(error);
          return false;
        }),
      ),
    );
    return list.filter((_, i) => fits[i]);
  };
  if (!found.length) {
    const relevant = refused.filter(({ reason }) => !(reason instanceof WrongModality));
    const listed = relevant.length ? relevant : refused;
    const fitting = listed.length > 1 ? await fittingOf(listed) : listed;
    const [{ reason } = { reason: undefined }] = fitting;
    if (fitting.length === 1) throw new GraftError(reason!.message, { ...details, cause: reason });
    const start = `"${network.file.name}" `;
    const reasons = listed.map(({ modality, reason: { message } }) => {
      const why = message.startsWith(start) ? `it ${message.slice(start.length)}` : message;
      return `As ${modality.name}: ${why}`;
    });
    throw new GraftError(
      `No modality can feed ${start.trim()}. ${reasons.join(' ') || 'Install a plugin that adds one, such as @graft/tasks.'}`,
      { ...details, cause: listed[0]?.reason },
    );
  }
  if (found.length === 1 || data === undefined) return found[0]!;
  const fitting = await fittingOf(found);
  if (fitting.length === 1) return fitting[0]!;
  // Data that no modality can open is the problem then, not the choice between them.
  if (unopened.length === found.length)
    throw new GraftError([...new Set(unopened.map(({ message }) => message))].join(' '), {
      code: 'data.open',
      place: typeof data === 'string' ? data : 'the data',
      cause: unopened[0],
    });
  throw new GraftError(
    `"${network.file.name}" can be fed as ${(fitting.length ? fitting : found).map(({ modality }) => modality.name).join(' or ')}, and the data ${fitting.length ? 'contains examples of each' : 'contains examples of neither'}. Choose one with the option modality.`,
    { ...details, code: 'options.value', place: 'modality' },
  );
}

/** Number of files without an extension whose first bytes are read. */
const mostOpened = 8;
/** Number of a file's first bytes by which a modality recognises it. */
const headBytes = 32;

/** Whether at least half of the listed examples can be inputs of a modality. @throws if the data cannot be opened for it */
async function fitsData(
  context: Context,
  data: unknown,
  modality: Modality,
  reading: ReadingOptions,
): Promise<boolean> {
  const examples = await openExamples(context, data, sourceOptionsOf(modality, reading));
  let fitting = 0;
  const unnamed: ExampleFile[] = [];
  for (const example of examples.list)
    try {
      const input = modality.inputOf(example, examples) as object;
      const name = 'bytes' in input && 'name' in input ? String(input.name).toLowerCase() : undefined;
      if (name === undefined || modality.extensions.some((end) => name.endsWith(end))) fitting++;
      else if (!/\.[^./\\]+$/.test(name)) unnamed.push(input as ExampleFile);
    } catch {
      // an example of another modality
    }
  const opened = unnamed.slice(0, mostOpened);
  const isOwn = await Promise.all(opened.map((file) => isRecognised(file, modality)));
  if (opened.length) fitting += (unnamed.length * isOwn.filter(Boolean).length) / opened.length;
  return fitting > 0 && 2 * fitting >= examples.list.length;
}

async function isRecognised(file: ExampleFile, { recognises }: Modality): Promise<boolean> {
  try {
    return recognises?.((await file.bytes()).subarray(0, headBytes)) ?? false;
  } catch {
    return false; // reading the examples reports why
  }
}

/** Default size of a dynamic dimension for shape inference. */
const defaultSize = 16;

/** Shapes of a feed's inputs for a batch of this size, for shape inference. */
export const inputShapesOf = (
  { inputs, sizes = {} }: Pick<Feed, 'inputs' | 'sizes'>,
  batch: number,
): Record<string, Shape> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [
      name,
      [batch, ...shape.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] ?? defaultSize)))],
    ]),
  );
