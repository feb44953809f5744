import { openExamples } from '@graft/data';
import { type Context, GraftError } from '@graft/plugin';
import type { Feed, Modality, Network, Objective } from '@graft/tasks';
import type { Shape } from '@graft/tensor';

/** A modality, and how it feeds a network. */
export interface FedNetwork {
  readonly modality: Modality;
  readonly feed: Feed;
}

/**
 * Finds the modality that can feed a network; if several can, the one that finds examples in the data.
 * @param data undefined if there is none to decide by: the first that can feed the network is taken
 * @throws if no modality can feed it, with each one's reason, or several can and the data does not decide
 */
export async function feedOf(
  context: Context,
  network: Network,
  { modalities, objective, data }: { modalities: readonly Modality[]; objective: Objective; data?: unknown },
): Promise<FedNetwork> {
  const [found, reasons]: [FedNetwork[], Error[]] = [[], []];
  for (const modality of modalities) {
    try {
      found.push({ modality, feed: await modality.feed(network, objective) });
    } catch (error) {
      reasons.push(error as Error);
    }
  }
  const details = { code: 'model.input', place: network.file.name, cause: reasons[0] };
  if (!found.length) {
    if (reasons.length === 1) throw new GraftError(reasons[0]!.message, details);
    throw new GraftError(
      `No modality can feed "${network.file.name}". ${modalities.map(({ name }, i) => `As ${name}: ${reasons[i]!.message}`).join(' ') || 'Install a plugin that adds one, such as @graft/tasks.'}`,
      details,
    );
  }
  if (found.length === 1 || data === undefined) return found[0]!;
  const fitting: FedNetwork[] = [];
  for (const fed of found) if (await finds(context, data, fed.modality)) fitting.push(fed);
  if (fitting.length === 1) return fitting[0]!;
  throw new GraftError(
    `"${network.file.name}" can be fed as ${(fitting.length ? fitting : found).map(({ modality }) => modality.name).join(' or ')}, and the data ${fitting.length ? 'has examples of each' : 'has no examples of either'}. Choose one with the option modality.`,
    { ...details, code: 'options.value', place: 'modality' },
  );
}

/** Whether at least half of the examples that data lists can be inputs of a modality. */
async function finds(context: Context, data: unknown, modality: Modality): Promise<boolean> {
  try {
    const examples = await openExamples(context, data, { extensions: modality.extensions, noun: modality.noun[1] });
    const fitting = examples.list.filter((example) => {
      try {
        const { name } = modality.inputOf(example, examples) as { readonly name?: unknown };
        return typeof name !== 'string' || modality.extensions.some((end) => name.toLowerCase().endsWith(end));
      } catch {
        return false;
      }
    });
    return fitting.length > 0 && 2 * fitting.length >= examples.list.length;
  } catch {
    return false;
  }
}

/** The size of an open dimension where shapes are computed, by default. */
const defaultSize = 16;

/** Shapes of a feed's inputs for a batch, to compute the shapes of a network's values with. */
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
