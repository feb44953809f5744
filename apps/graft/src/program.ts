import { readFileSync } from 'node:fs';
import { withFlags } from '@graft/finetune';
import { brief, GraftError } from '@graft/plugin';
import { visible } from '@graft/report';
import { Command, CommanderError, Option } from 'commander';
import { type CommandTools, commandsOf, type GraftCommand } from './command.ts';
import { exitCodes } from './graceful-stop.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { addStandardCommands } from './standard-commands.ts';
import { writeError, writeOut } from './write-out.ts';

/**
 * Runs the command line. Errors are printed to stderr as one sentence.
 * @param args arguments after the command's name
 * @param signal stops the command when aborted, with the name of a system signal as the reason
 * @param onTraining called when model and data are ready and training begins, which an aborted signal stops with its progress saved. Everything before can be
 * ended at any moment
 * @returns the exit code: 0 for success, 1 for failure, 129, 130 or 143 after SIGHUP, SIGINT or SIGTERM
 */
export async function run(args: readonly string[], signal?: AbortSignal, onTraining?: () => void): Promise<number> {
  const json = args.includes('--json');
  let complete = true;
  const flags = new Map<string, string>();
  const reporter = createReporter({ json, signal, onTraining, flags });
  try {
    const program = await createProgram(args, reporter, (done) => (complete = done));
    nameFlags(program, flags);
    await program.parseAsync(args, { from: 'user' });
    return complete ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // commander has already printed it
    const message = withFlags(brief(error instanceof Error ? error.message : String(error)), flags);
    writeError(`graft: ${message}`);
    const details = error instanceof GraftError ? { code: error.code, place: error.place, hint: error.hint } : {};
    if (json) writeOut(JSON.stringify({ error: message, ...details }));
    if (process.env['GRAFT_DEBUG']) console.error(error);
    return signal?.aborted ? exitCodeOf(signal.reason) : 1;
  }
}

const exitCodeOf = (reason: unknown): number => (exitCodes as Readonly<Record<string, number>>)[String(reason)] ?? 130;

async function createProgram(
  args: readonly string[],
  reporter: Reporter,
  finish: (complete: boolean) => void,
): Promise<Command> {
  const program = new Command('graft')
    .description('Fine-tune a pretrained network on your own examples, and get ONNX back.')
    .version(versionOf(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(visible(oneSentence(text))) });
  addStandardCommands(program, reporter, finish);
  const plugins = pluginsIn(args);
  for (const command of await pluginCommands(plugins)) addCommand(program, command, { reporter, plugins }, finish);
  addPluginOption(program);
  return program;
}

const versionOf = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** Adds a command that a plugin contributes. */
function addCommand(
  program: Command,
  { name, description, define, run: work }: GraftCommand,
  tools: CommandTools,
  finish: (complete: boolean) => void,
): void {
  if (program.commands.some((other) => other.name() === name))
    throw new GraftError(
      `A plugin adds the command "${name}", but graft already has a command with this name. Rename the plugin's command.`,
      {
        code: 'plugin.command',
      },
    );
  const command = program.command(name).description(description);
  define?.(command);
  command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Record<string, unknown>;
    finish((await work({ args: given.slice(0, -2).flat() as string[], options }, tools)) !== false);
  });
}

/** The values of `--plugin`. They are read before parsing, because plugins may add commands. */
const pluginsIn = (args: readonly string[]): string[] => [
  ...new Set(
    args.flatMap((arg, i) =>
      arg === '--plugin' ? (args[i + 1] ?? []) : arg.startsWith('--plugin=') ? arg.slice('--plugin='.length) : [],
    ),
  ),
];

async function pluginCommands(named: readonly string[]): Promise<readonly GraftCommand[]> {
  if (!named.length) return [];
  const { loadPlugins } = await import('@graft/finetune/node'); // slow to load, so only if needed
  const loaded = await loadPlugins(named);
  return commandsOf(loaded.map(({ plugin }) => plugin));
}

const plugin = (): Option =>
  Object.assign(
    new Option('--plugin <name>', 'load a plugin, by package name or path (repeatable)').argParser(
      (name, before: string[] | undefined) => [...new Set([...(before ?? []), name])],
    ),
    { attributeName: () => 'plugins' },
  );

/** Adds `--plugin` to every command. */
function addPluginOption(command: Command): void {
  if (command.commands.length) command.commands.forEach(addPluginOption);
  else if (!command.options.some((option) => option.attributeName() === 'plugins')) command.addOption(plugin());
}

/** Collects the flags of all commands by option. */
function nameFlags(command: Command, flags: Map<string, string>): void {
  for (const option of command.options) if (option.long) flags.set(option.attributeName(), option.long);
  for (const one of command.commands) nameFlags(one, flags);
}

/** Formats a message of commander like other errors: one line that ends with the way out. */
function oneSentence(text: string): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    // The names that commander repeats are in single quotes.
    .replaceAll(/'([^']{200})[^']*'/g, "'$1…'")
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\(Did you mean (.*?)\?\)/, 'Did you mean $1?');
  const sentence = `${message[0]!.toUpperCase()}${message.slice(1)}`.replace(/([^.?])$/, '$1.');
  return `graft: ${sentence.replace(/ (Did you mean)/, '. $1').replace('..', '.')} See graft --help.\n`;
}
