import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfig } from './read-config.ts';
import { defaultOptions, type RunOptions } from './run-options.ts';

/** Options as a command line gives them. */
export interface GivenOptions extends Partial<RunOptions> {
  /** A file with options; what is given here goes before what it says. */
  readonly config?: string;
}

/** What flags say, else what the configuration says, else what is usual; plugins of both. @throws where there is no model or no data */
export async function completeOptions({ config, ...flags }: GivenOptions, command: string): Promise<RunOptions> {
  const configured = config === undefined ? {} : await readConfig(config);
  const plugins = [...new Set([...(configured.plugins ?? []), ...(flags.plugins ?? [])])];
  const given = { ...configured, ...flags, ...(plugins.length && { plugins }) };
  const { model, data } = given;
  if (model === undefined || data === undefined)
    throw new Error(
      `graft ${command} wants ${model === undefined ? '--model <id|file.onnx>' : '--data <folder>'}, or a --config that names it. See graft --help.`,
    );
  return { ...defaultOptions, ...given, model: existsSync(model) ? resolve(model) : model, data: resolve(data) };
}
