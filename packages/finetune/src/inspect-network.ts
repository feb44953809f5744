import { inspectModel, type ModelReport, type OnnxFile, onnxOperator } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import type { ModelCard } from '@graft/zoo';
import { fixedBatchOf } from './any-batch.ts';
import { modalitiesOf, objectiveOf } from './configured.ts';
import { type FedNetwork, feedOf, inputShapesOf } from './feed-of.ts';
import { openNetwork } from './open-network.ts';
import type { RunOptions } from './run-options.ts';
import { logger, type ModelInput } from './services.ts';

/** What an ONNX file contains, with its card if it is a zoo model. */
export interface NetworkReport extends ModelReport {
  readonly card: ModelCard | undefined;
  /** What the network is fed and why, on one line; undefined if no modality can feed it. */
  readonly input?: string;
}

/** Options of {@link inspectNetwork}. */
export type InspectNetworkOptions = {
  readonly [Name in 'size' | 'inputs' | 'cut' | 'output']?: RunOptions[Name] | undefined;
};

/**
 * Inspects a network: inputs, operators, weights, its blocks, and where it can be cut. Unsupported operators are reported.
 * @param options `size`: height and width to compute shapes with if the file leaves them open; default the card's. `inputs`: values of inputs besides the images.
 * `cut` and `output`: as in a run
 * @throws if there is no such model, or it is not an ONNX file
 */
export async function inspectNetwork(
  app: Context,
  model: ModelInput,
  { size, inputs, cut, output }: InspectNetworkOptions = {},
): Promise<NetworkReport> {
  const network = await openNetwork(app, model, {
    onWarning: (message) => app.find(logger)?.({ type: 'warning', message, source: 'model' }),
  });
  const { card, file } = network;
  const fed = await fedNetwork(inputs !== undefined, () =>
    feedOf(app, network, {
      modalities: modalitiesOf(app, { ...(size !== undefined && { size }), ...(inputs && { inputs }) }),
      objective: objectiveOf(app, {}),
    }),
  );
  const shapes = fed
    ? { inputShapes: inputShapesOf(fed.feed, fixedBatchOf(fed.feed.file) ?? 1), runnable: fed.feed.file }
    : inputShapes(file, size ?? card?.preprocessing);
  // A spectrogram in front of a network is part of it.
  const isExtended = fed !== undefined && fed.feed.frozen !== undefined;
  const report = inspectModel(isExtended ? fed.feed.file : file, {
    operators: app.all(onnxOperator),
    ...shapes,
    cut: cut ?? fed?.feed.cut ?? card?.cutPoints[0]?.value,
    output,
    sequences: fed?.feed.mask !== undefined,
  });
  const input = fed?.feed.description;
  return { ...report, ...(input !== undefined && { input }), card };
}

/** How the network is fed; undefined if it cannot be, which `graft doctor` explains. @throws if it cannot be, but inputs are given */
async function fedNetwork(isGiven: boolean, find: () => Promise<FedNetwork>): Promise<FedNetwork | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isGiven) throw error;
    return undefined;
  }
}

/** Input shapes for shape inference if the first input is an image and its size is known. */
function inputShapes(
  { inputs: [input] }: OnnxFile,
  size: number | { readonly height: number; readonly width: number } | undefined,
): { inputShapes?: Record<string, number[]> } {
  if (size === undefined || input?.shape?.length !== 4) return {};
  const [height, width] = typeof size === 'number' ? [size, size] : [size.height, size.width];
  return {
    inputShapes: {
      [input.name]: input.shape.map((dim, i) =>
        i === 2 ? height : i === 3 ? width : typeof dim === 'number' ? dim : i === 1 ? 3 : 1,
      ),
    },
  };
}
