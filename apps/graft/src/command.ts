import { apiVersion, type ExtensionPoint, extensionPoint, type Named, type Plugin } from '@graft/plugin';
import type { Command } from 'commander';
import type { Reporter } from './reporter.ts';

/** What a command can use. */
export interface CommandTools {
  /** Prints progress and warnings to stderr, and has the signal that stops training. Print results to stdout. */
  readonly reporter: Reporter;
  /** The plugins given by the user, for {@link withApp}. */
  readonly plugins: readonly string[];
}

/** A command of `graft` that a plugin adds. */
export interface GraftCommand extends Named {
  readonly description: string;
  /** Declares arguments and options with the commander API. */
  define?(command: Command): void;
  /**
   * Runs the command.
   * @param input positional arguments in order, and options by name
   * @returns false for exit code 1, if the command finished but part of it failed
   */
  run(
    input: { readonly args: readonly string[]; readonly options: Readonly<Record<string, unknown>> },
    tools: CommandTools,
  ): Promise<boolean | void>;
}

/** The extension point for commands of `graft`. */
export const command: ExtensionPoint<GraftCommand> = extensionPoint('command', 'the graft command');

/** The commands that these plugins contribute. */
export const commandsOf = (plugins: readonly Plugin[]): GraftCommand[] =>
  plugins.flatMap(({ apiVersion: version, contributes }) =>
    // A plugin for another API version may not be read; creating the app reports it.
    (version === apiVersion ? contributes : [])
      .filter(({ point }) => point.token === command.token)
      .map(({ value }) => value as GraftCommand),
  );
