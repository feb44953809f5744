import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultOptions, type RunOptions } from '@graft/finetune';
import { pluginFrom, readConfig } from '@graft/finetune/node';

/** Options as a command line gives them. */
export interface GivenOptions extends Partial<RunOptions> {
  /** A file with options; those of the command line take precedence. */
  readonly config?: string;
}

/** What flags say, else what the configuration says, else the defaults; plugins of both. @throws where there is no model or no data */
export async function completeOptions({ config, ...flags }: GivenOptions, command: string): Promise<RunOptions> {
  const configured = config === undefined ? {} : await readConfig(config);
  const plugins = [
    ...new Set([
      ...(configured.plugins ?? []),
      ...(flags.plugins ?? []).map((name) => pluginFrom(process.cwd(), name)),
    ]),
  ];
  const given = { ...configured, ...flags, ...(plugins.length && { plugins }) };
  const { model, data } = given;
  if (model === undefined || data === undefined)
    throw new Error(
      `graft ${command} needs ${model === undefined ? '--model <id|file.onnx>' : '--data <folder>'}, or a --config that names it. See graft --help.`,
    );
  return { ...defaultOptions, ...given, model: existsSync(model) ? resolve(model) : model, data: resolve(data) };
}
