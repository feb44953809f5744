import { describeNetwork, inspectNetwork, type InspectNetworkOptions } from '@graft/finetune';
import { type PluginOptions, withApp } from '../open-app.ts';
import { writeOut } from '../write-out.ts';

export interface InspectOptions extends PluginOptions, InspectNetworkOptions {
  readonly json?: boolean;
}

/** Prints what an ONNX file contains, and draws its blocks. */
export async function inspect(
  model: string,
  { size, inputs, cut, output, json, ...plugins }: InspectOptions,
): Promise<void> {
  await withApp(plugins, async (app) => {
    const report = await inspectNetwork(app, model, { size, inputs, cut, output });
    if (json) return writeOut(JSON.stringify(report, null, 2));
    writeOut(describeNetwork(report));
  });
}
