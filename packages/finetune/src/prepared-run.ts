import { relative } from 'node:path';
import { compose, createTransforms, split } from '@graft/data';
import { identicalFiles } from '@graft/data/node';
import { createBackend } from '@graft/graft';
import type { Loss } from '@graft/layers';
import type { App } from '@graft/plugin';
import { type AnyBackend, Random } from '@graft/tensor';
import { frozenDigests, TransferModel, unfreezeLast } from '@graft/transfer';
import { type Backbone, openBackbone } from '../backbone.ts';
import { decodedImages, type ImageLoader, imageLoader } from '../image-loader.ts';
import { presetFor } from '../preprocessing.ts';
import { counted } from '../quantities.ts';
import { readableImages } from '../readable-images.ts';
import type { Reporter } from '../reporter.ts';
import { isClassName } from '../class-name.ts';
import type { Task, TaskData } from '../task/task.ts';
import { taskOf } from '../task/tasks.ts';
import { headOf, lossOf, preparationOf } from './configured.ts';
import type { RunOptions } from './run-options.ts';
import { wantedPlugins } from '../wanted-plugins.ts';
import { backboneDigest, imagesDigest, type RunRecord } from './run-record.ts';

/** A fresh head on the backbone, with images to learn from and to judge by. */
export interface Learner {
  readonly model: TransferModel;
  readonly loss: Loss;
  /** Numbers of images in the data: to learn from, and to judge by. */
  readonly learned: readonly number[];
  readonly judged: readonly number[];
  readonly training: ImageLoader;
  readonly held: ImageLoader;
}

/** Model and images, ready to learn. The same options make the same one, in any process. */
export interface PreparedRun extends Learner {
  readonly app: App;
  readonly backend: AnyBackend;
  readonly options: RunOptions;
  readonly backbone: Backbone;
  /** What batches go through where the backbone learns. */
  readonly prepare: ReturnType<typeof preparationOf>;
  /** How many layer groups learn in the second phase, the head among them. */
  readonly learning: number | 'all';
  readonly frozen: Awaited<ReturnType<typeof frozenDigests>>;
  readonly task: Task;
  readonly data: TaskData;
  readonly quarantined: readonly { readonly path?: string; readonly reason: string }[];
  /** Numbers of all images that can be read. */
  readonly readable: readonly number[];
  /** Another head on the same backbone, for other parts of the images. */
  learnerOf(learned: readonly number[], judged: readonly number[]): Promise<Learner>;
  readonly record: RunRecord;
}

/** Opens the model, reads every image, splits them and puts a new head on. @throws where one of them does not fit */
export async function prepareRun(app: App, options: RunOptions, reporter: Reporter): Promise<PreparedRun> {
  const { seed, batch, unfreeze, validation, strict = false, transforms } = options;
  const task = taskOf(options);
  const data = await task.open(options.data, options.targets);
  const { classes } = data;
  for (const name of classes)
    if (!isClassName(name))
      throw new Error(
        `The class${data.root === options.data ? ' folder' : ''} ${JSON.stringify(name)} of "${options.data}" has control characters in its name. Rename it.`,
      );
  if (strict && data.rows[0]) throw new Error(`${data.rows[0].reason} Or leave out --strict, and it is passed over.`);
  for (const { reason } of data.rows) reporter.warn(`left out a row: ${reason}`);
  const prepare = preparationOf(app, options, classes.length);
  const backend = await createBackend(app, options.backend);
  const backbone = await openBackbone(app, backend, {
    ...options,
    progress: (done, total) => reporter.download(options.model, done, total),
  });
  if (backbone.assumed.length)
    reporter.warn(
      `nothing says how "${backbone.name}" wants its images normalised, so ImageNet's ${backbone.assumed.map((one) => `${one} ${backbone.preprocessing[one].join(',')}`).join(' and ')} are taken. Other numbers go with --mean and --std.`,
    );

  const usual = presetFor(backbone.preprocessing, task.name);
  const preset = transforms
    ? { ...usual, training: compose(createTransforms(app, transforms), usual.evaluation) }
    : usual;
  const images = decodedImages(data, preset);
  const { indices, quarantined } = await readableImages(images, data.classified, { strict, reporter });
  const parts = split(data.strata(indices, 2), { validation, seed, ...(data.classified && { classes }) });
  const [learned, judged] = [parts.train, parts.validation].map((part) => part.map((i) => indices[i]!)) as [
    number[],
    number[],
  ];
  await warnOfLeaks(data, { learned, judged, score: task.titles[task.score]! }, reporter);
  new Random(seed).shuffle(judged); // so that the first ones are of all classes
  const loader = (part: readonly number[], training: boolean): ImageLoader =>
    imageLoader(images, part, { preset, training, batchSize: batch, seed, reporter });

  const labels = await Promise.all(indices.map(async (index) => (await data.get(index)).label));
  const labelOf = new Map(indices.map((index, i) => [index, labels[i]!]));
  const learnerOf = async (learned: readonly number[], judged: readonly number[]): Promise<Learner> => {
    const learning = task.learning(
      data,
      learned.map((index) => labelOf.get(index)!),
    );
    const wanted = { features: [1, backbone.features], classes: classes.length, classCounts: learning.classCounts };
    const model = await new TransferModel(
      backbone.module,
      learning.finish(headOf(app, options, wanted).initialize(seed)),
    ).to(backend);
    return {
      model,
      loss: learning.loss(options.loss ? lossOf(app, options.loss) : undefined),
      learned,
      judged,
      training: loader(learned, true),
      held: loader(judged, false),
    };
  };
  const learner = await learnerOf(learned, judged);
  const { model } = learner;
  const groups = backbone.module.layerGroups();
  if (unfreeze !== 'all' && unfreeze > groups.length)
    throw new Error(
      `"${backbone.name}" has ${counted(groups.length, 'layer group')} up to the cut (${groups.map(({ name }) => name).join(', ')}), and --unfreeze wants ${unfreeze}. Give 0 to ${groups.length}, or all.`,
    );
  const groupsLearning = unfreeze === 'all' ? unfreeze : unfreeze + 1; // the head is a group, too
  unfreezeLast(model, groupsLearning);
  const frozen = await frozenDigests(model);
  const files = await Promise.all(
    indices.map(async (index) => ({
      path: relative(data.root, (await data.get(index)).input),
      label: labelOf.get(index)!,
    })),
  );
  reporter.say(
    `${backbone.name}, cut at ${backbone.cut}: ${counted(backbone.features, 'feature')} · ${task.name === 'regression' ? counted(classes.length, 'number') : `${classes.length} ${classes.length === 1 ? 'class' : 'classes'}`}, ${counted(learned.length, 'image')} to learn from, ${judged.length} to judge by`,
  );
  const { plugins: _, ...recorded } = options;
  return {
    app,
    backend,
    options,
    backbone,
    ...learner,
    learnerOf,
    prepare,
    learning: groupsLearning,
    frozen,
    task,
    data,
    quarantined: [...data.rows.map(({ reason }) => ({ reason })), ...quarantined],
    readable: indices,
    record: {
      options: recorded,
      plugins: wantedPlugins(app, options),
      backboneSha256: await backboneDigest(backbone),
      imagesSha256: imagesDigest(classes, files),
    },
  };
}

/** Says which files are on both sides of the split: a model that has seen what it is judged by looks better than it is. */
async function warnOfLeaks(
  data: TaskData,
  { learned, judged, score }: { learned: readonly number[]; judged: readonly number[]; score: string },
  reporter: Reporter,
): Promise<void> {
  const paths = await Promise.all([...learned, ...judged].map(async (index) => (await data.get(index)).input));
  const leaks = (await identicalFiles(paths)).filter(
    (group) => group.some((i) => i < learned.length) && group.some((i) => i >= learned.length),
  );
  const [first] = leaks;
  if (first)
    reporter.warn(
      `${counted(leaks.length, 'image')} to judge by ${leaks.length === 1 ? 'is' : 'are'} to learn from as well, under another name, so that the ${score} looks better than it is: ${first
        .slice(0, 2)
        .map((i) => `"${paths[i]!}"`)
        .join(' and ')}${leaks.length > 1 ? ' …' : ''}. Remove one of each.`,
    );
}
