import { exportOnnx, type ExportOptions, readModel } from '@graft/onnx';
import { type Context, GraftError, withCode } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import { Random, randomService } from '@graft/tensor';
import { type Architecture, architecture, loadPretrained, type ModelCard, readWeights } from '@graft/zoo';

/** Weights of an architecture: the bytes of a file, and its name in messages. */
export interface WeightsFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** The card of the file, if it is a zoo model. */
  readonly card?: ModelCard | undefined;
  /** Reads a file next to the weights, such as `tokenizer.json`. */
  readonly companion?: Network['companion'];
}

/** Whether an app has an architecture of this name. */
export const isArchitecture = (context: Pick<Context, 'all'>, name: string): boolean =>
  context.all(architecture).some((one) => one.name === name);

/**
 * Creates the network of an architecture, with the weights of a file, or with random weights, drawn from the run's random numbers.
 * @throws if there is no such architecture, or the weights do not fit
 */
export async function architectureNetwork(context: Context, name: string, weights?: WeightsFile): Promise<Network> {
  const found = context.get(architecture, name);
  const random = (context.find(randomService) ?? new Random(0)).fork('architecture');
  if (!weights) {
    const module = found.create({}, context).initialize(random.bits());
    const model = await exportOnnx(module, exportOptions(found));
    return { card: undefined, file: readModel({ name, model }), untrained: true };
  }
  const { bytes, name: file, card, companion } = weights;
  return withCode('model.weights', file, async () => {
    const read = readWeights(bytes, file);
    const { module, inputShape, notes } = await loadPretrained(found, read.tensors, {
      name: file,
      context,
      seed: random.bits(),
    });
    const model = await exportOnnx(module, exportOptions(found, inputShape));
    module.dispose();
    return {
      card,
      file: readModel({ name: card?.name ?? name, model }),
      notes: [...read.notes, ...notes],
      ...(companion && { companion }),
    };
  });
}

const exportOptions = (
  { inputs, inputShape = [3, 224, 224], output }: Architecture,
  fitted?: readonly number[],
): ExportOptions => ({
  ...(inputs ? { inputs } : { inputShape: fitted ?? inputShape }),
  ...(output !== undefined && { outputName: output }),
});

/** The error for weights next to a model that is not an architecture. */
export const notAnArchitecture = (context: Pick<Context, 'all'>, name: string): GraftError =>
  new GraftError(
    `Weights are loaded into an architecture, but the model is "${name}". Omit the option weights, or use one of: ${context
      .all(architecture)
      .map((one) => one.name)
      .join(', ')}.`,
    { code: 'options.value', place: 'weights' },
  );
