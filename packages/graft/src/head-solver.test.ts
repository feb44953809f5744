import {
  communicator,
  finetune,
  type FinetuneOptions,
  openRun,
  resumeRun,
  type RunOptions,
  withDefaults,
} from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage, type Storage } from '@graft/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let app: App;
let files: File[];
let options: FinetuneOptions;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 6 });
  options = { model: smallNetwork({ side: 16 }), data: files, batch: 4, mean: [0.5], std: [0.25] };
});
afterAll(() => app.dispose());

const run = (more: Partial<FinetuneOptions> = {}, storage: Storage = memoryStorage()) =>
  finetune({ ...options, ...more }, { app, storage });
const textOf = async (storage: Storage, file: string): Promise<string> =>
  new TextDecoder().decode(await storage.read(file));

test('by default a linear head is fitted to convergence, and compared with simple methods', async () => {
  const { summary, storage, history } = await run();
  expect(summary).toMatchObject({ solver: 'lbfgs', kept: 'head', validation: { accuracy: 1 } });
  expect(summary.headFit).toMatchObject({ folds: 5 });
  expect(history).toHaveLength(1);
  expect(summary.baselines!.map(({ name }) => name)).toEqual([
    'class frequencies',
    '5 nearest neighbours',
    'linear probe',
  ]);
  expect(summary.outcome).toEqual([
    expect.stringMatching(
      /^The head is a linear layer fitted to convergence with an L2 penalty of [\d.]+e-\d \(chosen by 5-fold cross-validation on the training data\), on [14] views? of each image\.$/,
    ),
  ]);
  const [report, card] = [await textOf(storage, 'report.html'), await textOf(storage, 'model-card.md')];
  expect(report).toContain('Loss by penalty of the head');
  expect(report).toContain('Compared with simple methods');
  expect(report).toContain(summary.outcome![0]!);
  expect(card.replaceAll('\\', '')).toContain(summary.outcome![0]!);
  expect(await run()).toMatchObject({ summary: { headFit: summary.headFit } });
  const opened = await openRun(storage, { app });
  expect(await opened.evaluate(files)).toMatchObject({ score: 1 });
  await opened.dispose();
});

test.each<[Partial<RunOptions>, RunOptions['solver']]>([
  [{}, 'auto'],
  [{ views: 1, folds: 3, batch: 2, head: 'linear' }, 'auto'],
  [{ epochs: 3 }, 'epochs'],
  [{ unfreeze: 0, learningRate: 0.1 }, 'epochs'],
  [{ optimizer: 'sgd' }, 'epochs'],
  [{ callbacks: ['earlyStopping'] }, 'epochs'],
  [{ head: { name: 'mlp' } }, 'epochs'],
  [{ loss: 'focal', unfreeze: 'all' }, 'epochs'],
  // Training of the backbone.
  [{ epochs: 3, learningRate: 0.1, optimizer: 'sgd', unfreeze: 'all' }, 'auto'],
  [{ epochs: 3, solver: 'lbfgs' }, 'lbfgs'],
  [{ solver: 'epochs' }, 'epochs'],
])('%o: the solver is %s', (given, solver) => {
  expect(withDefaults(given).solver).toBe(solver);
});

test('a head or a loss that cannot be fitted is refused with the solver lbfgs', async () => {
  await expect(run({ solver: 'lbfgs', head: 'mlp' })).rejects.toThrow(
    'The solver "lbfgs" fits a linear head with the loss of its task, but the head is not linear. Set the option solver to "epochs".',
  );
  await expect(run({ solver: 'lbfgs', loss: 'focal' })).rejects.toThrow('but the loss is not the one of the task');
});

test('with several processes the head is trained in epochs, because a fit sees the examples of one', async () => {
  const scope = app.createScope().provide(communicator, { rank: 0, size: 2, reduce: async (step) => step });
  const { summary } = await finetune({ ...options, views: 1 }, { app, scope, storage: memoryStorage() });
  expect(summary.solver).toBe('epochs');
});

test('if training the backbone does not improve the score, the frozen network is kept', async () => {
  const frozen = await run();
  const { summary, warnings, storage } = await run({ unfreeze: 'all', epochs: 2, learningRate: 100 });
  expect(summary.kept).toBe('head');
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^Fine-tuning the backbone did not improve the accuracy \(.* %, but 100\.0 % with the new head alone\), so the model keeps the frozen backbone/,
    ),
  ]);
  expect(summary.outcome![1]).toMatch(
    /^Fine-tuning ran all 2 epochs; its best epoch, [12].*is not better than the head alone, so its weights were discarded\.$/,
  );
  expect(summary.validation).toEqual(frozen.summary.validation);
  // The same weights as without the phase.
  expect(await storage.read('model.onnx')).toEqual(await frozen.storage.read('model.onnx'));
  const kept = await run({ unfreeze: 'all', epochs: 2, learningRate: 100, keep: 'last' });
  expect(kept.summary.kept).toBe('all');
});

test('a resumed run comes to the same decision', async () => {
  const chosen = { unfreeze: 'all', epochs: 2, learningRate: 100 } as const;
  const whole = await run(chosen);
  const storage = memoryStorage();
  const stop = new AbortController();
  await expect(
    finetune(
      { ...options, ...chosen },
      {
        app,
        storage,
        signal: stop.signal,
        events: ({ type, ...event }) => type === 'epoch' && 'epoch' in event && event.phase === 'all' && stop.abort(),
      },
    ),
  ).rejects.toMatchObject({ code: 'run.stopped' });
  const { model, data } = options;
  const resumed = await resumeRun({ app, storage }, { model, data });
  expect(resumed.summary).toMatchObject({ kept: 'head', baselines: whole.summary.baselines! });
  expect(await storage.read('model.onnx')).toEqual(await whole.storage.read('model.onnx'));
});

test('a learning rate that destroys the network is an error', async () => {
  const storage = memoryStorage();
  await expect(run({ solver: 'epochs', epochs: 2, learningRate: 1000 }, storage)).rejects.toMatchObject({
    code: 'run.diverged',
    message: expect.stringMatching(
      /^Training \(head\) destroyed the network: its loss is .*The learning rate 1000 is too high\. Set the option learningRate to a lower one, or find one with graft lr-find\.$/,
    ) as string,
  });
  expect(await storage.list('')).toEqual([]); // nothing to resume
});

test('a run that a callback ends says why, and which epoch was kept', async () => {
  const { summary, storage } = await run({
    solver: 'epochs',
    epochs: 40,
    callbacks: [{ name: 'earlyStopping', patience: 2, monitor: 'validationAccuracy' }],
  });
  expect(summary.stopped!['head']).toMatch(/^no improvement for 2 epochs; best was epoch \d+$/);
  const [sentence] = summary.outcome!;
  expect(sentence).toMatch(
    /^The head stopped after epoch \d+ of 40: no improvement for 2 epochs; best was epoch \d+; the weights of epoch \d+ were kept \(accuracy 100\.0 %\)\.$/,
  );
  expect(await textOf(storage, 'report.html')).toContain(sentence!);
  expect((await textOf(storage, 'model-card.md')).replaceAll('\\', '')).toContain(sentence!);
});

test('uneven classes are said, weighted, and scored by balanced accuracy', async () => {
  const many = [
    ...(await colourFiles({ count: 20 })).filter((file) => !placeOf(file).includes('red')),
    ...files.filter((file) => placeOf(file).includes('red')),
  ];
  const { summary, warnings, storage } = await run({ data: many });
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^The classes are uneven: 5 training images of "red", 16 of "(?:blue|green)"\. Training weights all classes equally \(balance: auto\)\. Compare the balanced accuracy\.$/,
    ),
  ]);
  expect(Object.keys(summary.validation!)).toEqual(['balancedAccuracy', 'accuracy']);
  expect(await textOf(storage, 'report.html')).toMatch(
    /balanced accuracy on \d+ held-out images, as the classes are uneven/,
  );
  expect(await textOf(storage, 'model-card.md')).toContain('Balanced accuracy ');
  expect((await run({ data: many, balance: 'none' })).warnings[0]!.message).toContain(
    'favours frequent classes (balance: none)',
  );
  const sampled = await run({ data: many, balance: 'sampling', unfreeze: 'all', epochs: 1 });
  expect(sampled.warnings[0]!.message).toContain('draws all classes equally often');
  await expect(run({ data: many, balance: 'weights', loss: 'focal' })).rejects.toThrow('brings its own loss');
});
const placeOf = (file: File): string => file.webkitRelativePath || file.name;
