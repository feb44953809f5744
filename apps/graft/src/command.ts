import { apiVersion, type ExtensionPoint, extensionPoint, type Named, type Plugin } from '@graft/plugin';
import type { Command } from 'commander';
import type { Reporter } from './reporter.ts';

/** What a command works with. */
export interface CommandTools {
  /** Progress, warnings and the signal that stops the command. Results go to stdout. */
  readonly reporter: Reporter;
  /** The plugins that the user named, as they have to be given to {@link withApp}. */
  readonly plugins: readonly string[];
}

/** A command of `graft`. */
export interface GraftCommand extends Named {
  readonly description: string;
  /** Adds arguments and options, in commander's words. */
  define?(command: Command): void;
  /**
   * Does the work.
   * @param input arguments in order, then the options by name
   * @returns false where the work is done, but not all of it succeeded: the exit code is 1
   */
  run(
    input: { readonly args: readonly string[]; readonly options: Readonly<Record<string, unknown>> },
    tools: CommandTools,
  ): Promise<boolean | void>;
}

/** Commands that plugins add to `graft`. */
export const command: ExtensionPoint<GraftCommand> = extensionPoint('command', 'the graft command');

/** The commands that plugins add. */
export const commandsOf = (plugins: readonly Plugin[]): GraftCommand[] =>
  plugins.flatMap(({ apiVersion: version, contributes }) =>
    // What another version of the contract holds is left to the app, which says so.
    (version === apiVersion ? contributes : [])
      .filter(({ point }) => point.token === command.token)
      .map(({ value }) => value as GraftCommand),
  );
