import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type RunOptions, withDefaults } from '@graft/finetune';
import { pluginFrom, readConfig } from '@graft/finetune/node';

/** Options of a run from the command line. */
export interface GivenOptions extends Partial<RunOptions> {
  /** Path of a configuration file; the command line takes precedence. */
  readonly config?: string;
}

/** Merges the command line, the configuration and the defaults, in this order of precedence. Plugins of both are loaded. @throws if there is no model or no data */
export async function completeOptions({ config, ...flags }: GivenOptions, command: string): Promise<RunOptions> {
  const configured = config === undefined ? {} : await readConfig(config);
  const plugins = [
    ...new Set([
      ...(configured.plugins ?? []),
      ...(flags.plugins ?? []).map((name) => pluginFrom(process.cwd(), name)),
    ]),
  ];
  const given = { ...configured, ...flags, ...(plugins.length && { plugins }) };
  const { model, weights, data, validationData, testData, unknownData, pathRoot } = given;
  if (model === undefined || data === undefined)
    throw new Error(
      `graft ${command} needs ${model === undefined ? '--model <name|file.onnx>' : '--data <folder>'}, or a --config that sets it. See graft --help.`,
    );
  const path = (file: string): string => (existsSync(file) ? resolve(file) : file);
  return {
    ...withDefaults(given),
    model: path(model),
    ...(weights !== undefined && { weights: path(weights) }),
    data: resolve(data),
    ...(validationData !== undefined && { validationData: resolve(validationData) }),
    ...(pathRoot !== undefined && { pathRoot: resolve(pathRoot) }),
    ...(testData !== undefined && { testData: resolve(testData) }),
    ...(unknownData !== undefined && { unknownData: resolve(unknownData) }),
  };
}
