import type { FeatureStore } from '@graft/data';
import { type Module, Sequential } from '@graft/layers';
import { GraftError } from '@graft/plugin';
import { evaluate } from '@graft/train';
import {
  featureLoader,
  type Features,
  fitHead,
  headFeatures,
  type HeadFeaturesOptions,
  linearParts,
  trainHeadOnFeatures,
  TransferModel,
} from '@graft/transfer';
import { baselines } from './baselines.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { TrainedPhase } from './run-phases.ts';
import type { RunProgress } from './run-progress.ts';
import { communicator } from './services.ts';

/** How a run trains its head. */
export interface HeadPlan {
  readonly solver: 'lbfgs' | 'epochs';
  /** Views of each example. */
  readonly views: number;
}

/** Features of more bytes are not held at once. */
const mostFeatureBytes = 2 ** 30;

/** How the head is trained. @throws if the solver cannot train this head */
export function headPlan(
  { scope, options, model, link, trained, backbone, views }: PreparedRun,
  progress: RunProgress,
): HeadPlan {
  if (options.solver === 'epochs') return { solver: 'epochs', views };
  const unable =
    (scope.find(communicator)?.size ?? 1) > 1
      ? 'several processes train together'
      : link === undefined
        ? 'the loss is not the one of the task'
        : linearParts(model.head as Module)
          ? undefined
          : 'the head is not linear';
  if (unable !== undefined && options.solver === 'auto') return { solver: 'epochs', views };
  if (unable !== undefined)
    throw new GraftError(
      `The solver "lbfgs" fits a linear head with the loss of its task, but ${unable}. Set the option solver to "epochs".`,
      { code: 'options.value', place: 'solver' },
    );
  const bytes = 4 * trained.length * backbone.features;
  if (bytes > mostFeatureBytes) {
    progress.warn(
      `The features of ${trained.length} examples take ${(bytes / 1e9).toFixed(1)} GB, so the head is trained in epochs instead of fitted at once.`,
      'training',
    );
    return { solver: 'epochs', views };
  }
  return { solver: 'lbfgs', views: Math.max(1, Math.min(views, Math.floor(mostFeatureBytes / bytes))) };
}

/** Trains or fits the head on the features of the frozen backbone, and compares it with simple methods on them. */
export async function trainedHead(
  prepared: PreparedRun,
  { solver, views }: HeadPlan,
  {
    training,
    store,
    onFeatures,
    progress,
    isCompared,
  }: {
    /** For training in epochs. */
    readonly training: Parameters<typeof trainHeadOnFeatures>[2];
    readonly store: FeatureStore | undefined;
    readonly onFeatures: NonNullable<HeadFeaturesOptions['onFeatures']>;
    readonly progress: RunProgress;
    readonly isCompared: boolean;
  },
): Promise<Pick<TrainedPhase, 'log' | 'fit' | 'baselines'>> {
  const { model, link, classWeights, backend, objective, metrics, headLoss, data, options } = prepared;
  const { seed } = options;
  const head = model.head as Module;
  const pooling = solver === 'lbfgs' ? (linearParts(head)?.pooling ?? []) : [];
  const features = await headFeatures(
    pooling.length ? withPooling(model, pooling) : model.backbone,
    prepared.training,
    {
      views,
      plain: prepared.loaderOf(prepared.trained),
      validation: prepared.validation,
      store,
      onFeatures,
      ...(training.callbacks && { callbacks: training.callbacks }),
    },
  );
  const trained =
    solver === 'lbfgs'
      ? await fitHead(model, features, {
          link: link!,
          backend,
          loss: headLoss,
          metrics,
          classWeights,
          seed,
          onStep(_, tried, count) {
            progress.count('fitting the head', tried, count);
            return progress.breathe();
          },
        })
      : { log: await trainHeadOnFeatures(model, features, training) };
  if (!link || !isCompared) return trained;
  const compared = await baselines(features, {
    objective,
    names: data.names,
    link,
    classWeights,
    backend,
    seed,
    onStep: () => progress.breathe(),
    probe: solver === 'lbfgs' ? await outputsOf(head, features.heldOut) : undefined,
  });
  return { ...trained, ...(compared.length && { baselines: compared }) };
}

/** The backbone with the pooling of the head. */
const withPooling = (model: TransferModel<never>, pooling: readonly Module[]): TransferModel<never> =>
  new TransferModel(model.backbone, new Sequential(...pooling));

/** Outputs of the head for features. */
async function outputsOf(head: Module, features: Features | undefined): Promise<Float32Array[] | undefined> {
  if (!features?.samples.length) return undefined;
  const found: Float32Array[] = [];
  await evaluate(head, featureLoader(features, { batchSize: 256, shuffle: false }), {
    onBatch({ values, shape }) {
      const width = values.length / shape[0]!;
      for (let i = 0; i < shape[0]!; i++) found.push(values.slice(i * width, (i + 1) * width));
    },
  });
  return found;
}
