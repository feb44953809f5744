import { memoryFeatureStore, type ReadingOptions } from '@graft/data';
import { asGraftError, GraftError } from '@graft/plugin';
import { type Label, shortNumber } from '@graft/report';
import { memoryStorage } from '@graft/storage';
import type { Objective } from '@graft/tasks';
import { extractFeatures } from '@graft/transfer';
import { type CrossValidation, crossValidate } from './cross-validate.ts';
import type { FinetuneOptions } from './finetune.ts';
import { jobOf } from './job.ts';
import { nameOf } from './open-network.ts';
import { parameterCounts } from './parameter-counts.ts';
import { type PreparedRun, prepareRun } from './prepared-run.ts';
import { RunFiles } from './run-files.ts';
import type { RunListener } from './run-event.ts';
import { featureStores } from './run-phases.ts';
import type { RunProgress } from './run-progress.ts';
import type { ModelInput } from './services.ts';
import { Work, type WorkContext } from './work.ts';

/** Options of {@link recommendModel}. */
export interface RecommendOptions extends Pick<
  FinetuneOptions,
  'data' | 'task' | 'modality' | 'targets' | keyof ReadingOptions | 'batch' | 'epochs' | 'seed' | 'backend'
> {
  readonly models: readonly ModelInput[];
  /** Maximum number of examples to use, with the class proportions of the data; default 300. */
  readonly examples?: number;
  /** Folds of the cross-validation; default 5, or the size of the smallest class. */
  readonly folds?: number;
}

/** A network, and how well a new head learns on its frozen features. */
export interface MeasuredModel {
  readonly name: string;
  /** Mean of the task's score over all folds, such as the accuracy, and its standard deviation. */
  readonly score: number;
  readonly deviation: number;
  /** All metrics. */
  readonly crossValidation: CrossValidation;
  /** Number of features of one example, and the value of the graph that they are taken from. */
  readonly features: number;
  readonly cut: string;
  /** Parameters up to the cut. */
  readonly parameters: number;
  /** Examples per second through the frozen network, without reading files. */
  readonly perSecond: number;
}

/** What {@link recommendModel} found. */
export interface Recommendation {
  readonly objective: Objective;
  /** Plural of what an example is called, such as `images`. */
  readonly noun: string;
  /** Number of examples that were used, of classes (or labels, or targets), and of folds. */
  readonly examples: number;
  readonly classes: number;
  readonly folds: number;
  /** The best score comes first. */
  readonly models: readonly MeasuredModel[];
  /** The fastest of the networks whose score is within one standard error of the best. */
  readonly recommended: MeasuredModel;
  /** Networks that do not fit the data. */
  readonly rejected: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Compares pretrained networks on your data: trains a new linear head on the frozen features of each, and scores it by cross-validation on the same folds.
 * @throws if no network fits the data
 */
export async function recommendModel(
  { models, ...options }: RecommendOptions,
  context: WorkContext,
): Promise<Recommendation> {
  const { progress } = new Work(context);
  const events = newsOnly(progress);
  const measured: Measured[] = [];
  const rejected: { name: string; reason: string }[] = [];
  try {
    for (const model of models) {
      const work = new Work({ ...context, events });
      try {
        const found = await measure(work, model, options);
        measured.push(found);
        const { objective, noun, model: one } = found;
        progress.say(
          `${one.name}: ${objective.titles[objective.score]!} ${objective.show(objective.score, one.score)}, ${shortNumber(one.perSecond)} ${noun} per second`,
        );
      } catch (error) {
        await progress.breathe(); // throws if stopped, which is not the network's fault
        rejected.push({ name: nameOf(model), reason: (error as Error).message });
      } finally {
        await work.dispose();
      }
    }
    const ranked = measured.toSorted(better);
    const [best] = ranked;
    if (!best) throw noneFits(rejected);
    const { objective, noun, examples, classes, folds } = best;
    const error = best.model.deviation / Math.sqrt(folds);
    const near = ranked.filter(({ model }) => Math.abs(model.score - best.model.score) <= error);
    return {
      objective,
      noun,
      examples,
      classes,
      folds,
      models: ranked.map(({ model }) => model),
      recommended: near.reduce((a, b) => (b.model.perSecond > a.model.perSecond ? b : a)).model,
      rejected,
    };
  } catch (error) {
    throw asGraftError(error, 'model.recommend');
  }
}

/** Passes on progress, and each warning once: the networks share their data. */
function newsOnly(progress: RunProgress): RunListener {
  const known = new Set<string>();
  return (event) => {
    if (event.type === 'warning' ? known.has(event.message) : event.type !== 'progress' && event.type !== 'download')
      return;
    if (event.type === 'warning') known.add(event.message);
    progress.tell(event);
  };
}

function noneFits(rejected: Recommendation['rejected']): GraftError {
  const reasons = [...new Set(rejected.map(({ reason }) => reason))];
  const message = !rejected.length
    ? 'There are no models to compare. Give at least one.'
    : reasons.length === 1
      ? `No model can be measured on the data: ${reasons[0]!}`
      : `No model can be measured on the data: ${rejected.map(({ name, reason }) => `"${name}": ${reason}`).join(' ')}`;
  return new GraftError(message, { code: 'model.recommend', place: 'models' });
}

interface Measured {
  readonly model: MeasuredModel;
  readonly objective: Objective;
  readonly noun: string;
  readonly examples: number;
  readonly classes: number;
  readonly folds: number;
}

/** Sorts the better score first. */
const better = (a: Measured, b: Measured): number => {
  const { metrics, score } = a.objective;
  const isGreater = metrics.find(({ name }) => name === score)?.greaterIsBetter !== false;
  return isGreater ? b.model.score - a.model.score : a.model.score - b.model.score;
};

async function measure(
  work: Work,
  model: ModelInput,
  { examples = 300, folds, ...options }: Omit<RecommendOptions, 'models'>,
): Promise<Measured> {
  const { scope, progress } = work;
  const store = memoryFeatureStore();
  scope.provide(featureStores, () => store);
  // Without augmentation, folds share the features of an example.
  const job = jobOf({ ...options, model, views: 1, transforms: [], features: 'memory' }, 'recommendModel()', scope);
  const prepared = await prepareRun(work, { ...job, most: examples });
  const { backbone, objective, readable, model: network, loaderOf } = prepared;
  const count = Math.min(folds ?? 5, smallestClass(prepared));
  // The first batch, which also prepares the graph, is not timed unless it is the only one.
  let [skipped, begun] = [0, performance.now()];
  await extractFeatures(network.backbone, loaderOf(readable), {
    store,
    onBatch(done) {
      progress.count(`features of ${backbone.name}`, done, readable.length);
      if (skipped > 0 || done === readable.length) return;
      [skipped, begun] = [done, performance.now()];
    },
  });
  const perSecond = (readable.length - skipped) / ((performance.now() - begun) / 1000);
  const crossValidation = await crossValidate(prepared, count, new RunFiles(memoryStorage()), progress);
  const { mean, deviation } = crossValidation;
  return {
    model: {
      name: backbone.name,
      score: mean[objective.score]!,
      deviation: deviation[objective.score]!,
      crossValidation,
      features: backbone.features,
      cut: backbone.cut,
      parameters: parameterCounts(backbone.module).parameters,
      perSecond,
    },
    objective,
    noun: backbone.modality.noun[1],
    examples: readable.length,
    classes: prepared.data.names.length,
    folds: count,
  };
}

/** The number of examples of the smallest class; of all examples if the task has no classes. */
function smallestClass({ objective, readable, data }: PreparedRun): number {
  if (!objective.exclusive) return readable.length;
  const counts = new Map<Label, number>();
  for (const index of readable) {
    const { label } = data.examples[index]!;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Math.min(...counts.values());
}
