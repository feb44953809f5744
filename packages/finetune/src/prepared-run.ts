import { balanced as drawnEqually, kFold } from '@graft/data';
import { crossEntropy, type Initializer, type Loss, type Module } from '@graft/layers';
import { type App, GraftError, type Scope, withCode } from '@graft/plugin';
import { onnxOperator } from '@graft/onnx';
import { counted, type Label, type ReportedContradictions } from '@graft/report';
import type { Fingerprint, Modality, Objective } from '@graft/tasks';
import { type AnyBackend, Random, randomService, tensor } from '@graft/tensor';
import type { Metric, Prepare } from '@graft/train';
import { type FrozenDigests, frozenDigests, type Link, TransferModel, unfreezeLast } from '@graft/transfer';
import { type Backbone, openBackbone } from './backbone.ts';
import { type ClassBalance, classBalance } from './class-balance.ts';
import { headOf, initializerOf, lossOf, metricsOf, modalitiesOf, objectiveOf, preparationOf } from './configured.ts';
import { dequantizedNetwork } from './dequantized-network.ts';
import { type ExampleLoader, exampleLoader, readExamples } from './example-loader.ts';
import { feedOf } from './feed-of.ts';
import { describeContradictions, findContradictions } from './contradictions.ts';
import { leakWarning } from './leak-warning.ts';
import { openNetwork } from './open-network.ts';
import { readableExamples } from './readable-examples.ts';
import { feedAsBegun, type MeasuredFeed, measuredFeed } from './measured-feed.ts';
import type { RunData, RunExample } from './run-data.ts';
import { openParts } from './open-parts.ts';
import { openUnknownData } from './open-unknown-data.ts';
import type { Job } from './job.ts';
import type { RunOptions } from './run-options.ts';
import { dividedBy, partsOf } from './parts-of.ts';
import { readingOf } from './reading-of.ts';
import { sampledData } from './sampled-data.ts';
import { backboneDigest, examplesDigest, type RunRecord } from './run-record.ts';
import { wantedPlugins } from './wanted-plugins.ts';
import { warnOfData } from './warn-of-data.ts';
import type { Work } from './work.ts';

/** A new head on the backbone, with its training and validation examples. */
export interface Learner {
  readonly model: TransferModel;
  readonly loss: Loss;
  /** The loss of the head on features, which are not sampled by class. */
  readonly headLoss: Loss;
  /** How outputs are scored, if the loss is the objective's own. */
  readonly link: Link | undefined;
  /** Weight of each class in the loss. */
  readonly classWeights: readonly number[] | undefined;
  /** Indices of training and of held-out examples. */
  readonly trained: readonly number[];
  readonly heldOut: readonly number[];
  readonly training: ExampleLoader;
  /** Undefined if no examples are held out. */
  readonly validation: ExampleLoader | undefined;
}

/** Model and data, ready for training. The same options give the same result in any process. */
export interface PreparedRun extends Learner {
  readonly app: App;
  readonly scope: Scope;
  readonly backend: AnyBackend;
  readonly options: RunOptions;
  readonly objective: Objective;
  readonly modality: Modality;
  readonly backbone: Backbone;
  readonly metrics: readonly Metric[];
  /** The metric that epochs and phases are compared by. */
  readonly score: string;
  /** Batch augmentation while the backbone is trained. */
  readonly prepare: Prepare<never> | undefined;
  /** Number of layer groups trained in the second phase, including the head. */
  readonly learning: number | 'all';
  /** Whether running statistics of batch norms stay as they are in the second phase. */
  readonly freezeStatistics: boolean;
  /** Views of each example that the head is trained on: one if training does not change examples. */
  readonly views: number;
  readonly frozen: FrozenDigests;
  readonly data: RunData;
  /** The SHA-256 of each example's contents by index, if they are a file. */
  readonly digests: ReadonlyMap<number, string>;
  /** Examples that are the same and have different labels. */
  readonly contradictions: ReportedContradictions;
  readonly quarantined: readonly { readonly place: string; readonly reason: string }[];
  /** Indices of the examples of the test part, which neither training nor its choices use. */
  readonly tested: readonly number[];
  /** Examples that belong to no class, if there are any. */
  readonly unknown: readonly RunExample[] | undefined;
  /** Indices of all other examples that can be read. */
  readonly readable: readonly number[];
  /** Loads examples as evaluation does. */
  loaderOf(part: readonly number[]): ExampleLoader;
  /** Creates another head on the same backbone, for another split of the data. */
  learnerOf(trained: readonly number[], heldOut: readonly number[]): Promise<Learner>;
  /** Splits the data for a cross-validation. @throws if a class has fewer examples than there are folds */
  folds(count: number): readonly { readonly trained: readonly number[]; readonly heldOut: readonly number[] }[];
  readonly record: RunRecord;
}

/** Opens the model, reads and splits the examples, and adds a new head. @throws if the model, data or options do not work together */
export async function prepareRun(
  work: Work,
  { options, model: source, weights, data: location, validationData, testData, unknownData, most = Infinity }: Job,
  begun?: RunRecord,
): Promise<PreparedRun> {
  const { app, scope, progress } = work;
  const { seed, batch, unfreeze, validation, strict = false } = options;
  scope.provide(randomService, new Random(seed));
  const objective = objectiveOf(scope, options);
  const modalities = modalitiesOf(scope, options);
  const given = await openNetwork(scope, source, {
    weights,
    progress: (done, total) => progress.tell({ type: 'download', what: options.model, done, total }),
    onWarning: (message) => progress.warn(message, 'model'),
    signal: progress.signal,
  });
  const network = await dequantizedNetwork(given, options);
  if (network.untrained && unfreeze !== 'all')
    throw new GraftError(
      `"${options.model}" is an architecture with random weights, so its backbone must be trained, but the option unfreeze is ${unfreeze}. Set it to "all", or load pretrained weights with the option weights.`,
      { code: 'options.value', place: 'unfreeze' },
    );
  const backend = await work.backend(options.backend);
  const fed = await feedOf(scope, network, { modalities, objective, data: location, reading: readingOf(options) });
  const { modality } = fed;
  let { feed } = fed;
  let backbone = await openBackbone(scope, backend, network, {
    ...fed,
    cut: options.cut,
    output: options.output,
    pool: options.pool,
  });
  const groups = backbone.module.layerGroups();
  if (unfreeze !== 0) warnOfUntrainable(backbone, groups.length, progress);
  const [one] = modality.noun;
  const opened = await openParts(
    scope,
    { data: location, validationData, testData },
    { modality, objective, columns: options.targets, reading: readingOf(options) },
  );
  expectRejectable(options, objective);
  const unknown =
    unknownData === undefined
      ? undefined
      : await openUnknownData(scope, unknownData, { modality, objective, reading: readingOf(options) });
  const data = sampledData(opened, { objective, most, seed });
  const { names, examples, problems } = data;
  const prepare = preparationOf(scope, options, names.length);
  if (strict && problems[0])
    throw new GraftError(`${problems[0].reason} Without the option strict, it is left out.`, {
      code: 'data.read',
      place: problems[0].place,
    });
  warnOfData(data, (message, source) => progress.warn(message, source));
  for (const sentence of network.notes ?? []) progress.say(sentence);
  for (const sentence of backbone.notes) progress.warn(sentence, 'model');

  const digests = new Map<number, string>();
  const fingerprints = new Map<number, Fingerprint>();
  const read = readExamples(data, feed, digests, fingerprints);
  const { indices, quarantined } = await readableExamples(read, data, {
    strict,
    noun: modality.noun,
    objective,
    progress,
  });
  const labelOf = (index: number): Label => examples[index]!.label;
  const nameOf = (index: number): string => examples[index]!.name;
  const looksSame = async (first: number, second: number): Promise<boolean> => {
    await progress.breathe();
    const [a, b] = await Promise.all([read.get(first), read.get(second)]);
    return feed.looksSame?.(a.input, b.input) ?? false;
  };
  const contradictions = await findContradictions({
    indices,
    labelOf,
    nameOf,
    digests,
    // Numbers and sets of labels may differ a little without being wrong.
    fingerprints: objective.exclusive ? fingerprints : new Map(),
    looksSame,
  });
  const labelNameOf = (index: number): string =>
    objective.verdict(new Float32Array(names.length), labelOf(index), names).truth;
  const contradicted = describeContradictions(contradictions, {
    nameOf,
    labelNameOf,
    one,
    noun: objective.noun,
    exclusive: objective.exclusive,
  });
  if (contradicted !== undefined) progress.warn(contradicted, 'data');
  const named = objective.exclusive ? { classes: names } : {};
  const { trained, heldOut, tested } = await withCode('data.split', data.location, () =>
    partsOf(indices, {
      partOf: (index) => examples[index]!.part,
      divide: dividedBy(objective, { names, labelOf, validation, seed }),
    }),
  );
  if (options.reject !== undefined && !heldOut.length)
    throw new GraftError(
      'The option reject needs held-out examples to set its thresholds on, but the option validation is 0. Hold out a fraction, or remove the option.',
      { code: 'options.value', place: 'reject' },
    );
  const settled = heldOut.length ? options : keepingLast(options);
  if (validation === 0 && heldOut.length)
    progress.say(
      `no ${modality.noun[1]} are held out of the training data; the ${counted(heldOut.length, `validation ${one}`)} of the data validate`,
    );
  const isMeasured = feed.alternatives !== undefined && feed.alternatives.length > 0;
  const measured: MeasuredFeed = begun
    ? feedAsBegun(feed, begun.feed, options.model)
    : await measuredFeed(read, trained, {
        feed,
        module: backbone.module,
        operators: scope.all(onnxOperator),
        backend,
        labelOf: objective.exclusive ? labelOf : undefined,
        noun: modality.noun,
        progress,
      });
  feed = measured.feed;
  backbone = { ...backbone, feed };
  for (const sentence of feed.assumptions) progress.warn(sentence, 'model');
  if (measured.reason !== undefined)
    if (measured.isOther) progress.warn(measured.reason, 'model');
    else progress.say(measured.reason);
  const leaks = await leakWarning({
    trained,
    heldOut: [...heldOut, ...tested],
    digests,
    fingerprints,
    looksSame,
    nameOf,
    one,
    score: objective.titles[objective.score]!,
  });
  if (leaks) progress.warn(leaks, 'data');
  new Random(seed).shuffle(heldOut); // the report shows the first ones, which should be of all classes

  const balanceOf = (some: readonly number[]): ClassBalance =>
    classBalance(options, {
      objective,
      names,
      counts: objective.learning(names, some.map(labelOf)).classCounts,
      noun: modality.noun,
    });
  const balance = balanceOf(trained);
  if (balance.warning !== undefined) progress.warn(balance.warning, 'data');
  const balanced = balance.uneven ? objective.balanced : undefined;
  const metrics = [...(balanced ? [balanced] : []), ...objective.metrics, ...metricsOf(scope, options)];
  const loader = (part: readonly number[], training: boolean): ExampleLoader =>
    exampleLoader(read, part, {
      feed,
      training,
      batchSize: batch,
      seed,
      progress,
      ...(training && balance.sampling && { sampler: drawnEqually(part.map(labelOf) as number[]) }),
    });
  const learnerOf = async (trained: readonly number[], heldOut: readonly number[]): Promise<Learner> => {
    const learning = objective.learning(names, trained.map(labelOf));
    const { weights } = balanceOf(trained);
    const chosen = options.loss ? lossOf(scope, options.loss) : undefined;
    const weighted = weights && crossEntropy({ weights });
    const wanted = {
      features: backbone.shape,
      classes: learning.outputs,
      classCounts: weights ? undefined : learning.classCounts,
    };
    const head = headOf(scope, options, wanted).initialize(seed);
    if (options.initializer) initializeWeights(head, initializerOf(scope, options.initializer), seed);
    return {
      model: await new TransferModel(backbone.module, learning.finish(head)).to(backend),
      loss: learning.loss(chosen ?? (balance.sampling ? undefined : weighted)),
      headLoss: learning.loss(chosen ?? weighted),
      link: options.loss ? undefined : learning.link,
      classWeights: weights,
      trained,
      heldOut,
      training: loader(trained, true),
      validation: heldOut.length ? loader(heldOut, false) : undefined,
    };
  };
  const learner = await learnerOf(trained, heldOut);
  const learned = tested.length ? [...trained, ...heldOut].sort((a, b) => a - b) : indices;
  if (unfreeze !== 'all' && unfreeze > groups.length)
    throw new GraftError(
      `"${backbone.name}" has ${counted(groups.length, 'layer group')} up to the cut (${groups.map(({ name }) => name).join(', ')}), but the option unfreeze is ${unfreeze}. Use 0 to ${groups.length}, or "all".`,
      { code: 'options.value', place: 'unfreeze' },
    );
  const learning = unfreeze === 'all' ? unfreeze : unfreeze + 1; // the head is a group, too
  const freezeStatistics = options.batchNorm === 'frozen' || (options.batchNorm === undefined && !network.untrained);
  unfreezeLast(learner.model, learning, freezeStatistics);
  const frozen = await frozenDigests(learner.model);
  if (feed.description !== undefined) progress.say(`input: ${feed.description}`);
  progress.say(
    `${backbone.name}, cut at ${backbone.cut}: ${counted(backbone.features, 'feature')} · ${names.length} ${objective.noun[names.length === 1 ? 0 : 1]}, ${counted(trained.length, `training ${one}`)}, ${heldOut.length || 'none'} held out${tested.length ? `, ${tested.length} for the test` : ''}`,
  );
  const { plugins: _, ...recorded } = settled;
  return {
    app,
    scope,
    backend,
    options: settled,
    objective,
    modality,
    backbone,
    metrics,
    score: balanced?.name ?? objective.score,
    ...learner,
    loaderOf: (part) => loader(part, false),
    learnerOf,
    folds: (count) =>
      kFold(objective.strata(learned.map(labelOf), count), { folds: count, seed, ...named }).map((part) => ({
        trained: part.train.map((place) => learned[place]!),
        heldOut: part.validation.map((place) => learned[place]!),
      })),
    prepare,
    learning,
    freezeStatistics,
    views: feed.training === feed.evaluation ? 1 : options.views,
    frozen,
    data,
    digests,
    contradictions: {
      count: contradictions.count,
      complete: contradictions.complete,
      pairs: contradictions.pairs.map(({ first, second, exact }) => ({
        names: [nameOf(first), nameOf(second)],
        labels: [labelNameOf(first), labelNameOf(second)],
        exact,
      })),
    },
    quarantined: [...problems, ...quarantined],
    readable: learned,
    unknown,
    tested,
    record: {
      options: recorded,
      plugins: wantedPlugins(app, options),
      backboneSha256: await backboneDigest(backbone),
      imagesSha256: await examplesDigest(
        names,
        indices.map((index) => ({ name: examples[index]!.name, label: labelOf(index) })),
      ),
      ...(isMeasured && {
        feed: {
          preprocessing: feed.preprocessing,
          ...(measured.reason !== undefined && { reason: measured.reason }),
        },
      }),
    },
  };
}

/** Options of a run without held-out examples, in which no epoch can be chosen: it keeps the last one, and so do its folds. @throws if the best one is asked for */
function keepingLast(options: RunOptions): RunOptions {
  if (options.keep === 'best')
    throw new GraftError(
      'The option keep is "best", but the option validation is 0, so no examples are held out to choose the best epoch by. Keep the last one, or hold out a fraction.',
      { code: 'options.value', place: 'keep' },
    );
  return { ...options, keep: 'last' };
}

/** @throws if unknown inputs cannot be told from known ones with these options */
function expectRejectable({ reject, unknownData }: RunOptions, { exclusive, name }: Objective): void {
  if (reject === undefined && unknownData !== undefined)
    throw new GraftError(
      `The option unknownData is "${unknownData}", but without the option reject no input is refused. Set it to the share of known examples that may be refused, such as 0.05.`,
      { code: 'options.value', place: 'unknownData' },
    );
  if (reject !== undefined && !exclusive)
    throw new GraftError(
      `The option reject needs the task classification, but the task is ${name}. Remove the option.`,
      {
        code: 'options.value',
        place: 'reject',
      },
    );
}

/** Says which layers stay frozen although the backbone is trained. @throws if all of them do */
function warnOfUntrainable(
  { name, untrainable: { layers, quantized, weights } }: Backbone,
  groups: number,
  progress: Work['progress'],
): void {
  const reasons = [
    ...(quantized ? [`the weights of ${quantized} of its ${counted(layers, 'layer')} are integers`] : []),
    ...(weights.length
      ? [
          `${counted(weights.length, 'float tensor')} of weights ${weights.length === 1 ? 'lies' : 'lie'} before values that are rounded`,
        ]
      : []),
  ].join(', and ');
  if (!reasons) return;
  if (!groups)
    throw new GraftError(
      `No layer of "${name}" up to the cut can be trained: ${reasons}. Set the option dequantize to train them as floats, or omit the option unfreeze.`,
      { code: 'options.value', place: 'unfreeze' },
    );
  progress.warn(
    `Some layers of "${name}" stay frozen: ${reasons}. To train them, too, set the option dequantize, or use the network as it was before it was quantized.`,
    'model',
  );
}

/** Initializes weights of two and more dimensions; biases and norms keep their layer's initialization. */
function initializeWeights(module: Module, draw: Initializer, seed: number): void {
  for (const [path, parameter] of module.parameters()) {
    const { shape } = parameter.value;
    if (parameter.kind === 'weight' && shape.length > 1)
      parameter.take(tensor(draw(shape, new Random(seed).fork('initializer', path)), { shape }));
  }
}
