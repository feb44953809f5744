import { inspectModel, type ModelReport, type OnnxFile, onnxOperator } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import type { ModelCard } from '@graft/zoo';
import { openNetwork } from './open-network.ts';
import { logger, type ModelInput } from './services.ts';

/** What an ONNX file contains, with its card if it is a zoo model. */
export interface NetworkReport extends ModelReport {
  readonly card: ModelCard | undefined;
}

/**
 * Inspects a network: inputs, operators, weights, and where it can be cut. Unsupported operators are reported.
 * @param options `size`: height and width to compute shapes with if the file leaves them open; default the card's
 * @throws if there is no such model, or it is not an ONNX file
 */
export async function inspectNetwork(
  app: Context,
  model: ModelInput,
  { size }: { readonly size?: number | undefined } = {},
): Promise<NetworkReport> {
  const { card, file } = await openNetwork(app, model, {
    onWarning: (message) => app.find(logger)?.({ type: 'warning', message, source: 'model' }),
  });
  const operators = app.all(onnxOperator);
  return { ...inspectModel(file, { operators, ...inputShapes(file, size ?? card?.preprocessing?.height) }), card };
}

/** Input shapes for shape inference if the first input is an image and its size is known. */
function inputShapes(
  { inputs: [input] }: OnnxFile,
  side: number | undefined,
): { inputShapes?: Record<string, number[]> } {
  if (!side || input?.shape?.length !== 4) return {};
  return {
    inputShapes: {
      [input.name]: input.shape.map((dim, i) => (i > 1 ? side : typeof dim === 'number' ? dim : i === 1 ? 3 : 1)),
    },
  };
}
