import { type Command, Option } from 'commander';
import type { ExportOptions } from './commands/export.ts';
import {
  checkPlugin,
  doctor,
  evaluateRun,
  exportRun,
  finetune,
  inspect,
  listModels,
  lrFind,
  modelInfo,
  predict,
  preview,
  printComparison,
  printPlugins,
  printVerifiedModels,
  pruneCache,
  pullModels,
  recommend,
  resume,
} from './commands/index.ts';
import type { PullOptions } from './commands/models.ts';
import {
  collected,
  columns,
  configured,
  fraction,
  groups,
  imageSize,
  inputValues,
  integer,
  numbers,
  oneOf,
  port,
  positive,
  range,
} from './option-parsers.ts';
import type { Reporter } from './reporter.ts';

const backend = (): Option => new Option('--backend <name>', 'compute backend').default('wasm', 'wasm');
const task = (): Option =>
  new Option('--task <name>', 'prediction task: classification, multilabel or regression (default: classification)');
const modality = [
  '--modality <name>',
  'kind of examples: image, text, sound or one of a plugin, or JSON with its options such as {"name":"sound","rate":8000} (default: the one that fits model and data)',
  configured,
] as const;
const pool = [
  '--pool <mean|first>',
  'how a sequence of token vectors becomes one vector (default: first behind a class token, else mean)',
  oneOf('mean', 'first'),
] as const;
const targets = [
  '--targets <columns>',
  'table columns to predict, separated by commas (default: label, labels or target)',
  columns,
] as const;
const data = [
  '--data <folder|table>',
  'a folder with one subfolder of images, texts or sounds per class, or a .csv or .jsonl table',
] as const;
/** How examples are read: options of every command that reads some. */
const reading = (): Option[] => [
  new Option('--follow-links', 'read links that lead out of the data folder, if you trust the data'),
  new Option('--path-column <column>', 'table column with paths (default: path, file, filename or the like)'),
  new Option('--path-root <folder>', 'folder that the paths in a table are relative to (default: that of the table)'),
  new Option('--text-column <column>', 'table column with texts (default: text)'),
  new Option(
    '--label-separator <text>',
    'what separates the labels in a table cell (default: |, ; or , whichever occurs)',
  ),
];
const reads = (command: Command, group = 'Options:'): Command => {
  for (const option of reading())
    // Predictions need no labels.
    if (command.name() !== 'predict' || option.attributeName() !== 'labelSeparator')
      command.addOption(option.helpGroup(group));
  return command;
};
const size = [
  '--size <pixels>',
  'input height and width, such as 224 or 256x128 (default: from the model)',
  imageSize,
] as const;
const resize = [
  '--resize <crop|squash|pad>',
  'use the centre of an image, or all of it, scaled whatever its proportions or padded (default: from the model)',
  oneOf('crop', 'squash', 'pad'),
] as const;
const input = (): Option =>
  Object.assign(
    new Option(
      '--input <name=value>',
      'value of an input besides the images, such as training=false (repeatable)',
    ).argParser(inputValues),
    { attributeName: () => 'inputs' },
  );
const dequantize = [
  '--dequantize',
  'rewrite a quantized network in floats, so all of its layers can be trained',
] as const;
const dashboard = ['--dashboard [port]', 'show the run live on a local web page (default port: 7007)', port] as const;
const model = ['<name|file.onnx>', 'a zoo model or the path of an ONNX file'] as const;
const weights = [
  '--weights <file>',
  'pretrained weights, if the model is an architecture such as resnet18: a .pth, .pt, .bin or .safetensors file',
] as const;
const run = ['<run folder>', 'a finished run'] as const;

/** Options of finetune that affect a training step; lr-find has them too. */
const stepOptions: ReadonlySet<string> = new Set(
  'model weights data followLinks pathColumn pathRoot textColumn labelSeparator task targets config cut output size mean std range order resize inputs dequantize batch unfreeze batchNorm views seed strict backend'.split(
    ' ',
  ),
);

/** Adds the commands that come with graft. @param finish called with whether everything succeeded, by commands that can succeed in part */
export function addStandardCommands(program: Command, reporter: Reporter, finish: (complete: boolean) => void): void {
  const finetuneCommand = program
    .command('finetune')
    .description('fine-tune a pretrained network on your own examples')
    .optionsGroup('Model and data:')
    .option(`--model ${model[0]}`, model[1])
    .option(...weights)
    .option(...data)
    .addOption(task())
    .option(...targets)
    .option(...modality)
    .option('--config <file>', 'options from graft.config.json, .ts or .js; the command line takes precedence')
    .option('--cut <value>', 'value of the graph to attach the new head to (default: what the last layer reads)')
    .option('--output <name>', 'output whose layers to use (default: the one that depends on the most weights)')
    .option(...pool)
    .option(...size)
    .option(
      '--mean <r,g,b>',
      'input mean on a scale of 0 to --range (default: from the model, else ImageNet)',
      numbers(),
    )
    .option('--std <r,g,b>', 'input standard deviation, likewise', numbers(0))
    .option('--range <1|255>', 'value of white before the mean is subtracted (default: from the model, else 1)', range)
    .option('--order <rgb|bgr>', 'order of the channels (default: from the model, else rgb)', oneOf('rgb', 'bgr'))
    .option(...resize)
    .addOption(input())
    .option(...dequantize)
    .option(
      '--validation-data <folder|table>',
      'examples for validation (default: a folder "val" of the data, or a fraction)',
    )
    .option('--test-data <folder|table>', 'examples for a test at the end (default: a folder "test" of the data)')
    .option(
      '--reject <fraction>',
      'refuse unknown inputs, and at most this share of known ones, such as 0.05',
      fraction,
    )
    .option('--unknown-data <folder|table>', 'examples of no class, to measure how many --reject refuses')
    .option(
      '--validation <fraction>',
      'fraction held out for validation; 0 trains on everything (default: 0.2)',
      fraction,
    )
    .option('--strict', 'stop at the first unreadable example instead of leaving it out')
    .optionsGroup('Training:')
    .option(
      '--solver <auto|lbfgs|epochs>',
      'fit a linear head to convergence, or train the head in epochs (default: auto, which fits it if nothing needs epochs)',
      oneOf('auto', 'lbfgs', 'epochs'),
    )
    .option(
      '--balance <auto|weights|sampling|none>',
      'what to do about classes of uneven size (default: auto, which weights them from a ratio of 3)',
      oneOf('auto', 'weights', 'sampling', 'none'),
    )
    .option('--epochs <n>', 'passes over the training data (default: 20)', integer(1))
    .option('--batch <n>', 'batch size (default: 16)', integer(1))
    .option(
      '--learning-rate <x>',
      'learning rate of the head; an unfrozen backbone uses a tenth of it (default: 0.01)',
      positive,
    )
    .option('--unfreeze <all|n>', 'also train the backbone, or its last n layer groups (default: 0)', groups)
    .option(
      '--batch-norm <frozen|train>',
      'statistics of batch norms while the backbone is trained (default: frozen if it has pretrained weights)',
      oneOf('frozen', 'train'),
    )
    .option('--views <n>', 'views of each example for the head, all but the first augmented (default: 4)', integer(1))
    .option('--folds <n>', 'run n-fold cross-validation first', integer(2))
    .option('--keep <best|last>', 'epoch whose weights each phase keeps (default: best)', oneOf('best', 'last'))
    .option('--seed <n>', 'random seed (default: 0)', integer(0))
    .option('--features <folder>', 'cache backbone features here for later runs')
    .option('--backend <name>', 'compute backend (default: wasm)')
    .optionsGroup('Output:')
    .option('--out <folder>', 'run folder (default: runs/<time>)')
    .option('--checkpoint-steps <n>', 'steps between checkpoints, in addition to one per epoch', integer(1))
    .option('--checkpoint-seconds <x>', 'seconds between checkpoints, in addition to one per epoch', positive)
    .option('--tensorboard', 'write TensorBoard event files to the run folder')
    .option(...dashboard)
    .option('--json', 'print the summary as JSON')
    .optionsGroup('Options:')
    .action((options: Parameters<typeof finetune>[0]) => finetune(options, reporter));

  reads(finetuneCommand, 'Model and data:');

  const lrFindCommand = program
    .command('lr-find')
    .description('try increasing learning rates and suggest one')
    .option('--steps <n>', 'training steps, each with a higher learning rate', integer(20), 100)
    .option('--out <folder>', 'write the curve to this folder as lr-find.svg')
    .option('--json', 'print the curve as JSON')
    .action((options: Parameters<typeof lrFind>[0]) => lrFind(options, reporter));
  for (const option of finetuneCommand.options)
    if (stepOptions.has(option.attributeName())) lrFindCommand.addOption(option);

  program
    .command('resume')
    .description('resume an interrupted run')
    .argument('<run folder>', 'an interrupted run')
    .option(...dashboard)
    .option('--json', 'print the summary as JSON')
    .action((path: string, options: Parameters<typeof resume>[1]) => resume(path, options, reporter));
  reads(
    program
      .command('predict')
      .description('run a fine-tuned model on files')
      .argument('[files...]', 'files, folders, tables, or - to read paths from stdin')
      .requiredOption(`--model ${run[0]}`, run[1])
      .option('--text <text>', 'predict a text given here instead of in a file (repeatable)', collected)
      .option('--top <n>', 'number of classes to list for each file', integer(1), 3)
      .option('--tta <n>', 'average predictions over n augmented views; the first is unchanged', integer(1), 1)
      .addOption(backend())
      .option('--json', 'print the predictions as JSON')
      .option('--csv', 'print the predictions as CSV, with one column per class')
      .action(async (files: string[], options: Parameters<typeof predict>[1]) =>
        finish(await predict(files, options, reporter)),
      ),
  );
  reads(
    program
      .command('evaluate')
      .description('evaluate a fine-tuned model on labelled examples')
      .argument(...run)
      .requiredOption(...data)
      .addOption(backend())
      .option('--json', 'print the metrics as JSON')
      .action((path: string, options: Parameters<typeof evaluateRun>[1]) => evaluateRun(path, options, reporter)),
  );
  reads(
    program
      .command('export')
      .description('write a fine-tuned model as one ONNX file, optionally quantized to 8-bit integers')
      .argument(...run)
      .requiredOption('--out <file.onnx>', 'the file to write')
      .option('--float32', 'write a network of 16-bit floats in float32')
      .option('--int8', 'quantize to 8-bit integers, and report the score on held-out examples before and after')
      .option(
        '--data <folder|table>',
        'labelled examples to calibrate and evaluate with, for --int8 (default: the data of the run)',
      )
      .addOption(backend())
      .option('--json', 'print the figures as JSON')
      .action((path: string, options: ExportOptions) => exportRun(path, options, reporter)),
  );
  program
    .command('compare')
    .description('compare runs side by side, best first')
    .argument('<run folders...>', 'finished runs of the same task')
    .option('--json', 'print the summaries as JSON')
    .action((paths: string[], options: Parameters<typeof printComparison>[1]) => printComparison(paths, options));
  reads(
    program
      .command('preview')
      .description('draw images next to their augmented versions')
      .requiredOption(...data)
      .addOption(task())
      .option(...targets)
      .requiredOption(
        '--transforms <preset|list>',
        'imagenet, digits, documents or wholeImage, a JSON list of transforms, or a file with one',
      )
      .option('--out <sheet.png>', 'the image file to write', 'sheet.png')
      .option('--count <n>', 'number of images, spread evenly over the data', integer(1), 8)
      .option('--views <n>', 'augmented views of each image', integer(1), 6)
      .option('--seed <n>', 'random seed', integer(0), 0)
      .action((options: Parameters<typeof preview>[0]) => preview(options, reporter)),
  );
  program
    .command('inspect')
    .description('draw the blocks of a network, with its inputs, operators and weights, and where it can be cut')
    .argument(...model)
    .option('--size <pixels>', 'height and width to compute shapes with, such as 224 or 256x128', imageSize)
    .option('--cut <value>', 'value of the graph at which to draw the new head (default: what the last layer reads)')
    .option('--output <name>', 'output whose layers to use (default: the one that depends on the most weights)')
    .addOption(input())
    .option('--json', 'print everything as JSON')
    .action(inspect);
  reads(
    program
      .command('doctor')
      .description('check whether a network can be fine-tuned, and estimate time and memory')
      .argument(...model)
      .option('--data <folder|table>', 'examples for a short trial, to estimate time and memory')
      .addOption(task())
      .option(...targets)
      .option('--cut <value>', 'value of the graph to attach the new head to (default: the last pooling)')
      .option(...modality)
      .option(...pool)
      .option(...size)
      .option(...resize)
      .addOption(input())
      .option(...dequantize)
      .option('--batch <n>', 'batch size', integer(1), 16)
      .addOption(backend())
      .option('--json', 'print everything as JSON')
      .action(async (name: string, options: Parameters<typeof doctor>[1]) =>
        finish(await doctor(name, options, reporter)),
      ),
  );

  const models = program.command('models').description('list, download and verify pretrained models');
  models
    .command('list')
    .description('list all models')
    .option('--json', 'print the model cards as JSON')
    .action((options: Parameters<typeof listModels>[1]) => listModels([], options));
  models
    .command('search')
    .description('list models whose card contains all words')
    .argument('<words...>')
    .option('--json', 'print the model cards as JSON')
    .action(listModels);
  models
    .command('info')
    .description('show the card of a model: licence, origin, input and preprocessing')
    .argument('<name>')
    .option('--json', 'print the model card as JSON')
    .action(modelInfo);
  reads(
    models
      .command('recommend')
      .description('compare models on your data, and recommend one')
      .argument('[names...]', 'names or files (default: all models on this machine)')
      .requiredOption(...data)
      .addOption(task())
      .option(...targets)
      .option(...modality)
      .option('--examples <n>', 'number of examples to use', integer(2), 300)
      .option('--folds <n>', 'folds of the cross-validation (default: 5)', integer(2))
      .option('--seed <n>', 'seed for sampling, folds and initial weights', integer(0), 0)
      .addOption(backend())
      .option('--json', 'print everything as JSON')
      .action((names: string[], options: Parameters<typeof recommend>[1]) => recommend(names, options, reporter)),
  );
  models
    .command('pull')
    .description('download models, and pin them in graft-models.lock.json')
    .argument('<names...>')
    .option('--accept-licence <id>', 'accept a restrictive licence that you have read')
    .option('--update', 'replace existing pins')
    .option('--no-lock', 'do not pin the models')
    .action((names: string[], options: PullOptions) => pullModels(names, options, reporter));
  models
    .command('verify')
    .description('check all model files on this machine against their cards')
    .action(async (options: Parameters<typeof printVerifiedModels>[0]) => finish(await printVerifiedModels(options)));
  models
    .command('prune')
    .description('remove cached files that no card refers to, and partial downloads')
    .option('--all', 'remove all cached files')
    .action(pruneCache);

  const plugins = program.command('plugins').description('list and check plugins');
  plugins
    .command('list')
    .description('list standard, given and installed plugins; only given ones are loaded')
    .option('--config <file>', 'also load the plugins of this configuration')
    .option('--verbose', 'name everything that each plugin adds')
    .option('--json', 'print the list as JSON')
    .action((options: Parameters<typeof printPlugins>[0]) => printPlugins(options));
  plugins
    .command('check')
    .description('load a plugin, and check its manifest and everything it adds')
    .argument('[name|path]', 'an installed package, a file, or the folder of a package', '.')
    .option('--json', 'print the findings as JSON')
    .action(async (name: string, options: Parameters<typeof checkPlugin>[1]) =>
      finish(await checkPlugin(name, options)),
    );
}
