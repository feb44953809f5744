import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ExportOptions } from './commands/export.ts';
import {
  checkPlugins,
  compareRuns,
  demo,
  doctor,
  evaluateRun,
  exportRun,
  finetune,
  inspect,
  listModels,
  listPlugins,
  lrFind,
  modelInfo,
  predict,
  preview,
  pruneCache,
  pullModels,
  resume,
  verifyModels,
} from './commands/index.ts';
import type { PullOptions } from './commands/models.ts';
import { pluginFrom } from './load-plugins.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { taskNames } from './task/task.ts';

/**
 * Runs the command line and returns the exit code: 0, or 1 after one sentence on stderr, or what a shell expects where it was told to stop.
 * @param args what follows the command's name
 * @param signal aborted where the command shall stop, with the signal's name as the reason
 */
export async function run(args: readonly string[], signal?: AbortSignal): Promise<number> {
  const json = args.includes('--json');
  let complete = true;
  const program = createProgram(createReporter({ json, signal }), (done) => (complete = done));
  try {
    await program.parseAsync(args, { from: 'user' });
    return complete ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has spoken already
    const message = error instanceof Error ? error.message : String(error);
    console.error(`graft: ${message}`);
    if (json) console.log(JSON.stringify({ error: message }));
    if (process.env['GRAFT_DEBUG']) console.error(error);
    return signal?.aborted ? (exitCodes[String(signal.reason)] ?? 130) : 1;
  }
}

/** 128 and the signal's number. */
export const exitCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

function createProgram(reporter: Reporter, finish: (complete: boolean) => void): Command {
  const program = new Command('graft')
    .description('Fine-tune a pretrained network from a folder of images, and get ONNX back.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(oneSentence(text)) });

  program
    .command('demo')
    .description('learn handwritten digits from 10 images a class, with and without a pretrained network')
    .addOption(new Option('--seeds <range>', 'seeds to repeat it with, such as 0-4').argParser(seeds).default([0], '0'))
    .option('--out <folder>', 'where the run goes; default runs/<time>')
    .addOption(backend())
    .option('--json', 'print the summary as JSON')
    .action(async (options: Parameters<typeof demo>[0]) => void (await demo(options, reporter)));

  const finetuneCommand = program
    .command('finetune')
    .description(
      'fine-tune a model on a folder that holds one folder of images for each class, or on a table of images',
    )
    .option('--model <id|file.onnx>', 'a zoo model, or a path')
    .option('--data <folder|table>', 'class folders with images, or a .csv or .jsonl table that names them')
    .addOption(
      new Option(
        '--task <name>',
        'what is asked of an image: one class, any number of them, or numbers; default classification',
      ).choices(taskNames),
    )
    .option(
      '--targets <columns>',
      'columns of the table to learn, with commas between; default label, labels or target',
      columns,
    )
    .option('--config <file>', 'graft.config.json, .ts or .js with options; those given here go before its own')
    .option('--out <folder>', 'where the run goes; default runs/<time>')
    .option('--cut <value>', 'the value that the new head is put on; default the last pooling')
    .option('--size <pixels>', 'height and width of the input; default what the model says', whole(1))
    .option('--mean <r,g,b>', "of the input, on a scale of 0 to 1; default ImageNet's where nothing says", numbers())
    .option('--std <r,g,b>', 'likewise', numbers(0))
    .option('--epochs <n>', 'passes over the data; default 20', whole(1))
    .option('--batch <n>', 'images in a step; default 16', whole(1))
    .option('--learning-rate <x>', 'of the head; an unfrozen backbone learns at a tenth of it; default 0.01', positive)
    .option('--unfreeze <all|n>', 'let the whole backbone learn, too, or its last n layer groups; default 0', groups)
    .option('--views <n>', 'augmented views of each image that the head learns from; default 4', whole(1))
    .option(
      '--features <folder>',
      'keep what the backbone answers here: the next run takes it from there where nothing changed',
    )
    .option('--validation <share>', 'share of the images that is held back to judge by; default 0.2', share)
    .option(
      '--folds <n>',
      'cross-validate first: learn n times, each time without another part that is judged by',
      whole(2),
    )
    .option('--seed <n>', 'of everything random; default 0', whole(0))
    .option('--checkpoint-steps <n>', 'steps between checkpoints; there is one after each epoch, too', whole(1))
    .option('--checkpoint-seconds <x>', 'seconds between checkpoints', positive)
    .option('--tensorboard', 'write event files for TensorBoard into the run folder')
    .option('--dashboard [port]', 'show the run as it goes on a page on this machine, at port 7007 unless told', port)
    .option('--strict', 'stop at the first image that cannot be read, instead of leaving it out')
    .addOption(backend().default(undefined, 'wasm'))
    .option('--json', 'print the summary as JSON')
    .action(async (options: Parameters<typeof finetune>[0]) => void (await finetune(options, reporter)));

  const lrFindCommand = program
    .command('lr-find')
    .description('try learning rates from tiny to far too large, and suggest one for finetune')
    .option('--out <folder>', 'write the curve there as lr-find.svg')
    .option('--steps <n>', 'steps that go through the rates', whole(20), 100)
    .option('--json', 'print the curve as JSON')
    .action(async (options: Parameters<typeof lrFind>[0]) => void (await lrFind(options, reporter)));
  for (const option of finetuneCommand.options)
    if (stepOptions.has(option.attributeName())) lrFindCommand.addOption(option);

  program
    .command('resume')
    .description('go on with a run that was ended before its time')
    .argument('<run>', 'the folder that finetune wrote into')
    .option('--dashboard [port]', 'show the run as it goes on a page on this machine, at port 7007 unless told', port)
    .option('--json', 'print the summary as JSON')
    .action(
      async (path: string, options: Parameters<typeof resume>[1]) => void (await resume(path, options, reporter)),
    );

  program
    .command('predict')
    .description('answer images with a fine-tuned model')
    .argument('<images...>', 'image files, folders of them, or - for a list of paths on stdin')
    .requiredOption('--model <run folder>', 'the folder that finetune or demo wrote')
    .option('--top <n>', 'classes to name for each image', whole(1), 3)
    .option('--tta <n>', 'average over so many views of each image, the first as it is', whole(1), 1)
    .addOption(backend())
    .option('--json', 'print the answers as JSON')
    .option('--csv', 'print the answers as CSV, with a column for each class')
    .action(async (images: string[], options: Parameters<typeof predict>[1]) =>
      finish(await predict(images, options, reporter)),
    );

  program
    .command('evaluate')
    .description('judge a fine-tuned model by labelled images, class by class')
    .argument('<run folder>', 'the folder that finetune or demo wrote')
    .requiredOption('--data <folder|table>', 'class folders with images, or a table')
    .addOption(backend())
    .option('--json', 'print the report as JSON')
    .action(async (path: string, options: Parameters<typeof evaluateRun>[1]) => evaluateRun(path, options, reporter));

  program
    .command('export')
    .description('write a fine-tuned model as one ONNX file, with integers of 8 bits where asked')
    .argument('<run folder>', 'the folder that finetune or demo wrote')
    .requiredOption('--out <file.onnx>', 'where it goes')
    .option('--int8', 'compute with integers of 8 bits; says the accuracy before and after')
    .option('--data <folder|table>', 'class folders with images, or a table, to find the bounds with and to judge by')
    .addOption(backend())
    .option('--json', 'print the figures as JSON')
    .action(async (path: string, options: ExportOptions) => exportRun(path, options, reporter));

  program
    .command('compare')
    .description('print runs beside each other, the best first')
    .argument('<run folders...>')
    .option('--json', 'print their summaries as JSON')
    .action(compareRuns);

  program
    .command('preview')
    .description('draw images beside what augmentation makes of them')
    .requiredOption('--data <folder|table>', 'class folders with images, or a table that names them')
    .addOption(
      new Option(
        '--task <name>',
        'what is asked of an image: one class, any number of them, or numbers; default classification',
      ).choices(taskNames),
    )
    .option(
      '--targets <columns>',
      'columns of the table to learn, with commas between; default label, labels or target',
      columns,
    )
    .requiredOption(
      '--transforms <preset|config>',
      'imagenet, digits, documents or wholeImage, a JSON list of transforms, or the path of one',
    )
    .option('--out <sheet.png>', 'where the sheet goes', 'sheet.png')
    .option('--count <n>', 'images, from all over the data', whole(1), 8)
    .option('--views <n>', 'augmented views of each', whole(1), 6)
    .option('--seed <n>', 'of everything random', whole(0), 0)
    .action(async (options: Parameters<typeof preview>[0]) => preview(options, reporter));

  program
    .command('inspect')
    .description('look an ONNX file over: inputs, operators, weights, and where it can be cut')
    .argument('<file.onnx>', 'a zoo model, or a path')
    .option('--size <pixels>', 'height and width to compute shapes with', whole(1))
    .option('--json', 'print everything as JSON')
    .action(inspect);

  const models = program
    .command('models')
    .description('pretrained models: what there is, and their files on this machine');
  models
    .command('list')
    .description('name every model that has a card')
    .option('--json', 'print the cards as JSON')
    .action((options: Parameters<typeof listModels>[1]) => listModels([], options));
  models
    .command('search')
    .description('name the models that have all words in their card')
    .argument('<words...>')
    .option('--json', 'print the cards as JSON')
    .action(listModels);
  models
    .command('info')
    .description('say what a model is, under which licence, and how it is fed')
    .argument('<name>')
    .option('--json', 'print the card as JSON')
    .action(modelInfo);
  models
    .command('pull')
    .description('bring the files of models, and pin them in graft-models.lock.json')
    .argument('<names...>')
    .option('--accept-licence <id>', 'a licence with restrictions that you have read')
    .option('--update', 'pin what the card says now, whatever was pinned')
    .option('--no-lock', 'pin nothing')
    .action((names: string[], options: PullOptions) => pullModels(names, options, reporter));
  models
    .command('verify')
    .description('read every model file on this machine, and say whether it is the one its card stands for')
    .action(async (options: Parameters<typeof verifyModels>[0]) => finish(await verifyModels(options)));
  models
    .command('prune')
    .description('remove downloads that no card stands for, and broken-off ones')
    .option('--all', 'remove every download')
    .action(pruneCache);

  const plugins = program
    .command('plugins')
    .description('packages that add layers, heads, callbacks and more: what there is, and whether one fits');
  plugins
    .command('list')
    .description(
      'name the standard plugins, those given, and those that the project in the working folder has; loads what is given and nothing else',
    )
    .option('--config <file>', 'a configuration whose plugins are loaded, too')
    .option('--verbose', 'name everything that they add')
    .option('--json', 'print the list as JSON')
    .action(async (options: Parameters<typeof listPlugins>[0]) => listPlugins(options));
  plugins
    .command('check')
    .description('install a plugin after the standard ones, and say what holds')
    .argument('[name|path]', 'an installed package, a file, or the folder of a package', '.')
    .option('--json', 'print the findings as JSON')
    .action(async (name: string, options: Parameters<typeof checkPlugins>[1]) =>
      finish(await checkPlugins(name, options)),
    );

  program
    .command('doctor')
    .description('say before training what keeps a network from being fine-tuned, and what it would cost')
    .argument('<file.onnx>', 'a zoo model, or a path')
    .option('--data <folder|table>', 'class folders with images, or a table that names them, to try it on')
    .addOption(
      new Option(
        '--task <name>',
        'what is asked of an image: one class, any number of them, or numbers; default classification',
      ).choices(taskNames),
    )
    .option(
      '--targets <columns>',
      'columns of the table to learn, with commas between; default label, labels or target',
      columns,
    )
    .option('--cut <value>', 'the value that the new head would be put on; default the last pooling')
    .option('--size <pixels>', 'height and width of the input; default what the model says', whole(1))
    .option('--batch <n>', 'images in a step', whole(1), 16)
    .addOption(backend())
    .option('--json', 'print everything as JSON')
    .action(async (model: string, options: Parameters<typeof doctor>[1]) =>
      finish(await doctor(model, options, reporter)),
    );
  takePlugins(program);
  return program;
}

/** Options of finetune that decide what a step learns: lr-find takes them, too. */
const stepOptions: ReadonlySet<string> = new Set([
  'model',
  'data',
  'task',
  'targets',
  'config',
  'cut',
  'size',
  'mean',
  'std',
  'batch',
  'unfreeze',
  'views',
  'seed',
  'strict',
  'backend',
]);

/** Plugins are found by the names and paths of whoever types them, in their folder. */
const plugin = (): Option =>
  Object.assign(
    new Option(
      '--plugin <name>',
      'a plugin to load: an installed package, or the path of a file; again for others',
    ).argParser((name, before: string[] | undefined) => [
      ...new Set([...(before ?? []), pluginFrom(process.cwd(), name)]),
    ]),
    { attributeName: () => 'plugins' },
  );

/** Every command that makes an app takes plugins. */
function takePlugins(command: Command): void {
  if (command.commands.length) command.commands.forEach(takePlugins);
  else if (command.name() !== 'compare' && !command.options.some((option) => option.attributeName() === 'plugins'))
    command.addOption(plugin());
}

const backend = (): Option => new Option('--backend <name>', 'what computes').choices(['wasm', 'js']).default('wasm');

/** Commander's message the way ours are: on one line, and with the way out. */
function oneSentence(text: string): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\(Did you mean (.*?)\?\)/, 'Did you mean $1?');
  const sentence = `${message[0]!.toUpperCase()}${message.slice(1)}`.replace(/([^.?])$/, '$1.');
  return `graft: ${sentence.replace(/ (Did you mean)/, '. $1').replace('..', '.')} See graft --help.\n`;
}

const refuse = (want: string): never => {
  throw new InvalidArgumentError(`Give ${want}.`);
};
const whole =
  (least: number) =>
  (text: string): number =>
    /^\d+$/.test(text) && Number(text) >= least ? Number(text) : refuse(`a whole number of ${least} or more`);
const positive = (text: string): number =>
  Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : refuse('a number above 0');
const share = (text: string): number =>
  Number(text) > 0 && Number(text) < 1 ? Number(text) : refuse('a share between 0 and 1');
const numbers =
  (above = -Infinity) =>
  (text: string): number[] => {
    const values = text.split(',').map((part) => (part.trim() ? Number(part) : Number.NaN));
    const fits =
      values.every((value) => Number.isFinite(value) && value > above) && (values.length === 1 || values.length === 3);
    return fits ? values : refuse(`one number${above === 0 ? ' above 0' : ''}, or three with commas between`);
  };
const columns = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim());
  return names.every(Boolean) ? names : refuse('column names with commas between');
};
const port = (text: string): number =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : refuse('a port from 0 to 65535');
const groups = (text: string): number | 'all' =>
  text === 'all' ? 'all' : /^\d+$/.test(text) ? Number(text) : refuse('a whole number of 0 or more, or all');
const seeds = (text: string): number[] => {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? refuse('a seed such as 3, or a range such as 0-4');
  const [first, last] = [Number(from), Number(to)];
  if (last < first || last - first >= 100) refuse('a rising range of at most 100 seeds');
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
};
