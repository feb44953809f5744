import { dequantizeOnnx } from '@graft/onnx';
import { withCode } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import type { RunOptions } from './run-options.ts';

/** The network in floats, if the option dequantize is set. @throws if it is not quantised, or cannot be computed in floats */
export const dequantizedNetwork = (
  network: Network,
  { dequantize = false }: Pick<RunOptions, 'dequantize'>,
): Promise<Network> =>
  withCode('options.value', 'dequantize', async () =>
    Promise.resolve(dequantize ? { ...network, file: dequantizeOnnx(network.file) } : network),
  );
