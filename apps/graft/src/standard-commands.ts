import { type Command, Option } from 'commander';
import type { ExportOptions } from './commands/export.ts';
import {
  checkPlugins,
  compareRuns,
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
import { columns, fraction, groups, numbers, port, positive, whole } from './option-parsers.ts';
import type { Reporter } from './reporter.ts';

const backend = (): Option => new Option('--backend <name>', 'compute backend').default('wasm');
const task = (): Option =>
  new Option('--task <name>', 'prediction task: classification, multilabel or regression; default classification');
const targets = [
  '--targets <columns>',
  'table columns to predict, comma-separated; default label, labels or target',
  columns,
] as const;
const data = ['--data <folder|table>', 'a folder with one folder per class, or a .csv or .jsonl table'] as const;
const dashboard = ['--dashboard [port]', 'show the run live on a local page; default port 7007', port] as const;

/** Options of finetune that decide what a step learns: lr-find takes them, too. */
const stepOptions: ReadonlySet<string> = new Set(
  'model data task targets config cut size mean std batch unfreeze views seed strict backend'.split(' '),
);

/** Adds the commands that come with graft. @param finish told whether everything succeeded, where a command can succeed in part */
export function addStandardCommands(program: Command, reporter: Reporter, finish: (complete: boolean) => void): void {
  const finetuneCommand = program
    .command('finetune')
    .description('fine-tune a pretrained network on your examples')
    .option('--model <id|file.onnx>', 'a zoo model or a path')
    .option(...data)
    .addOption(task())
    .option(...targets)
    .option('--config <file>', 'graft.config.json, .ts or .js; command-line options take precedence')
    .option('--out <folder>', 'where the run is written; default runs/<time>')
    .option('--cut <value>', 'where the new head is attached; default the last pooling')
    .option('--size <pixels>', 'input height and width; default what the model says', whole(1))
    .option('--mean <r,g,b>', 'input mean on a scale of 0 to 1; default what the model says, else ImageNet', numbers())
    .option('--std <r,g,b>', 'input standard deviation, likewise', numbers(0))
    .option('--epochs <n>', 'passes over the training data; default 20', whole(1))
    .option('--batch <n>', 'batch size; default 16', whole(1))
    .option('--learning-rate <x>', 'of the head; an unfrozen backbone uses a tenth of it; default 0.01', positive)
    .option('--unfreeze <all|n>', 'also train the whole backbone, or its last n layer groups; default 0', groups)
    .option('--views <n>', 'augmented views of each example for the head; default 4', whole(1))
    .option('--features <folder>', 'cache backbone features here for later runs')
    .option('--validation <fraction>', 'fraction held out for validation; default 0.2', fraction)
    .option('--folds <n>', 'run n-fold cross-validation first', whole(2))
    .addOption(
      new Option('--keep <which>', 'weights to keep: those of the best epoch or of the last; default best').choices([
        'best',
        'last',
      ]),
    )
    .option('--seed <n>', 'random seed; default 0', whole(0))
    .option('--checkpoint-steps <n>', 'steps between checkpoints, besides one per epoch', whole(1))
    .option('--checkpoint-seconds <x>', 'seconds between checkpoints', positive)
    .option('--tensorboard', 'write TensorBoard event files into the run folder')
    .option(...dashboard)
    .option('--strict', 'stop at the first example that cannot be read, instead of leaving it out')
    .addOption(backend().default(undefined, 'wasm'))
    .option('--json', 'print the summary as JSON')
    .action((options: Parameters<typeof finetune>[0]) => finetune(options, reporter));

  const lrFindCommand = program
    .command('lr-find')
    .description('try learning rates from tiny to far too large, and suggest one')
    .option('--out <folder>', 'write the curve there as lr-find.svg')
    .option('--steps <n>', 'steps to take through the rates', whole(20), 100)
    .option('--json', 'print the curve as JSON')
    .action((options: Parameters<typeof lrFind>[0]) => lrFind(options, reporter));
  for (const option of finetuneCommand.options)
    if (stepOptions.has(option.attributeName())) lrFindCommand.addOption(option);

  program
    .command('resume')
    .description('resume an interrupted run')
    .argument('<run>', 'the folder that finetune wrote into')
    .option(...dashboard)
    .option('--json', 'print the summary as JSON')
    .action((path: string, options: Parameters<typeof resume>[1]) => resume(path, options, reporter));
  program
    .command('predict')
    .description('predict files with a fine-tuned model')
    .argument('<files...>', 'files, folders of them, or - for a list of paths on stdin')
    .requiredOption('--model <run folder>', 'a finished run')
    .option('--top <n>', 'classes to list for each file', whole(1), 3)
    .option('--tta <n>', 'average over this many augmented views, the first unchanged', whole(1), 1)
    .addOption(backend())
    .option('--json', 'print the predictions as JSON')
    .option('--csv', 'print the predictions as CSV, with a column for each class')
    .action(async (files: string[], options: Parameters<typeof predict>[1]) =>
      finish(await predict(files, options, reporter)),
    );
  program
    .command('evaluate')
    .description('evaluate a fine-tuned model on labelled examples')
    .argument('<run folder>', 'a finished run')
    .requiredOption(...data)
    .addOption(backend())
    .option('--json', 'print the report as JSON')
    .action((path: string, options: Parameters<typeof evaluateRun>[1]) => evaluateRun(path, options, reporter));
  program
    .command('export')
    .description('write a fine-tuned model as one ONNX file, optionally with 8-bit integers')
    .argument('<run folder>', 'a finished run')
    .requiredOption('--out <file.onnx>', 'where it is written')
    .option('--int8', 'quantize to 8-bit integers and report the accuracy before and after')
    .option('--data <folder|table>', 'labelled examples to calibrate and evaluate with')
    .addOption(backend())
    .option('--json', 'print the figures as JSON')
    .action((path: string, options: ExportOptions) => exportRun(path, options, reporter));
  program
    .command('compare')
    .description('list runs side by side, the best first')
    .argument('<run folders...>')
    .option('--json', 'print their summaries as JSON')
    .action((paths: string[], options: Parameters<typeof compareRuns>[1]) => compareRuns(paths, options));
  program
    .command('preview')
    .description('draw images next to their augmented versions')
    .requiredOption(...data)
    .addOption(task())
    .option(...targets)
    .requiredOption(
      '--transforms <preset|config>',
      'imagenet, digits, documents or wholeImage, a JSON list of transforms, or a file with one',
    )
    .option('--out <sheet.png>', 'where the sheet is written', 'sheet.png')
    .option('--count <n>', 'images, spread over the data', whole(1), 8)
    .option('--views <n>', 'augmented views of each', whole(1), 6)
    .option('--seed <n>', 'random seed', whole(0), 0)
    .action((options: Parameters<typeof preview>[0]) => preview(options, reporter));
  program
    .command('inspect')
    .description('show an ONNX file: inputs, operators, weights, and where it can be cut')
    .argument('<file.onnx>', 'a zoo model or a path')
    .option('--size <pixels>', 'height and width to compute shapes with', whole(1))
    .option('--json', 'print everything as JSON')
    .action(inspect);
  program
    .command('doctor')
    .description('check before training whether a network can be fine-tuned, and what it would cost')
    .argument('<file.onnx>', 'a zoo model or a path')
    .option('--data <folder|table>', 'examples to try it on')
    .addOption(task())
    .option(...targets)
    .option('--cut <value>', 'where the new head would be attached; default the last pooling')
    .option('--size <pixels>', 'input height and width; default what the model says', whole(1))
    .option('--batch <n>', 'batch size', whole(1), 16)
    .addOption(backend())
    .option('--json', 'print everything as JSON')
    .action(async (model: string, options: Parameters<typeof doctor>[1]) =>
      finish(await doctor(model, options, reporter)),
    );

  const models = program.command('models').description('pretrained models and their files on this machine');
  models
    .command('list')
    .description('list every model that has a card')
    .option('--json', 'print the cards as JSON')
    .action((options: Parameters<typeof listModels>[1]) => listModels([], options));
  models
    .command('search')
    .description('list the models whose card contains all words')
    .argument('<words...>')
    .option('--json', 'print the cards as JSON')
    .action(listModels);
  models
    .command('info')
    .description('show what a model is, its licence, and how it is fed')
    .argument('<name>')
    .option('--json', 'print the card as JSON')
    .action(modelInfo);
  models
    .command('pull')
    .description('download models, and pin them in graft-models.lock.json')
    .argument('<names...>')
    .option('--accept-licence <id>', 'accept a restrictive licence that you have read')
    .option('--update', 'pin what the card says now, whatever was pinned')
    .option('--no-lock', 'pin nothing')
    .action((names: string[], options: PullOptions) => pullModels(names, options, reporter));
  models
    .command('verify')
    .description('check every model file on this machine against its card')
    .action(async (options: Parameters<typeof verifyModels>[0]) => finish(await verifyModels(options)));
  models
    .command('prune')
    .description('remove downloads that no card refers to, and unfinished ones')
    .option('--all', 'remove every download')
    .action(pruneCache);

  const plugins = program.command('plugins').description('plugins: what is installed, and whether one works');
  plugins
    .command('list')
    .description('list standard, given and installed plugins; loads only those you give')
    .option('--config <file>', 'also load the plugins of this configuration')
    .option('--verbose', 'list everything they add')
    .option('--json', 'print the list as JSON')
    .action((options: Parameters<typeof listPlugins>[0]) => listPlugins(options));
  plugins
    .command('check')
    .description('install a plugin and check what it promises and where its parts can be used')
    .argument('[name|path]', 'an installed package, a file, or the folder of a package', '.')
    .option('--json', 'print the findings as JSON')
    .action(async (name: string, options: Parameters<typeof checkPlugins>[1]) =>
      finish(await checkPlugins(name, options)),
    );
}
