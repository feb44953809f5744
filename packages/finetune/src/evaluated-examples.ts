import { type AnyBatch, isNamed, type NamedBatch } from '@graft/data';
import type { Module, ModuleInput } from '@graft/layers';
import type { EvaluatedExample, Exhibit } from '@graft/report';
import type { Feed } from '@graft/tasks';
import { scope, type Tensor } from '@graft/tensor';
import { backendOf, prepareBatch } from '@graft/train';
import { gradCam, tokenEvidence, type TransferModel } from '@graft/transfer';
import type { Backbone } from './backbone.ts';
import { expectNumbers } from './expect-numbers.ts';
import type { ExampleLoader } from './example-loader.ts';
import type { RunData } from './run-data.ts';

/** Maximum number of examples whose features are kept for a report. */
const featureLimit = 2000;

/**
 * Evaluates the examples of a loader: predictions with the features they are computed from.
 * @param indices positions of the loader's examples in the data
 * @param options `most`: stop after about this many examples (at the end of a batch); default all
 */
export async function evaluatedExamples(
  model: TransferModel,
  loader: ExampleLoader,
  indices: readonly number[],
  {
    data: { examples },
    backbone,
    most = Infinity,
  }: { readonly data: Pick<RunData, 'examples'>; readonly backbone: Backbone; readonly most?: number },
): Promise<EvaluatedExample[]> {
  const found: EvaluatedExample[] = [];
  const backend = backendOf(model);
  let number = 0;
  for await (const batch of loader.batches(0)) {
    const made = scope(() => {
      const features = model.backbone.forward(prepareBatch(batch, backend).input as Tensor);
      return { features, outputs: model.head.forward(features) };
    });
    const [features, outputs] = await Promise.all([rowsOf(made.features), rowsOf(made.outputs)]);
    made.features.dispose();
    made.outputs.dispose();
    const evidence = evidenceOfBatch(model, loader, number++, backbone, outputs);
    for (const [place, index] of batch.indices.entries()) {
      const { input, label, name } = examples[indices[index]!]!;
      expectNumbers(outputs[place]!, outputs[place]!.length, () => `"${name}"`);
      found.push({
        name,
        label,
        values: outputs[place]!,
        ...(found.length < featureLimit && { features: features[place]! }),
        show: () => backbone.feed.show(input),
        evidence: () => evidence(place),
      });
    }
    if (found.length >= most) break;
  }
  return found;
}

async function rowsOf(x: Tensor): Promise<Float32Array[]> {
  const values = (await x.array()) as Float32Array;
  const size = x.size / x.shape[0]!;
  return Array.from({ length: x.shape[0]! }, (_, n) => values.slice(n * size, (n + 1) * size));
}

type Overlay = NonNullable<Feed['overlay']>;

interface Evidence {
  readonly batch: AnyBatch;
  readonly heat: Float32Array;
  readonly shape: readonly [high: number, wide: number];
}

/**
 * Creates Grad-CAM overlays for the examples of a batch: bright regions support the prediction; undefined if the network has no feature map.
 * The overlays are computed on first use, and the batch is loaded again, because a report shows only a few of them.
 */
function evidenceOfBatch(
  model: TransferModel,
  loader: ExampleLoader,
  number: number,
  { map, feed }: Backbone,
  outputs: readonly Float32Array[],
): (place: number) => Promise<Exhibit | undefined> {
  const { mask, overlay } = feed;
  if (mask !== undefined && overlay) return evidenceOfTokens(model, loader, number, { mask, overlay, outputs });
  if (!map || !feed.overlay) return async () => undefined;
  const compute = async (): Promise<Evidence | undefined> => {
    const { value: batch } = await loader.batches(0, number).next();
    if (!batch) return undefined;
    const cam = scope(() =>
      gradCam(
        map.before.forward(prepareBatch(batch, backendOf(model)).input as Tensor),
        (features) => model.head.forward(map.after.forward(features)),
        outputs.map(greatest),
      ),
    );
    const heat = (await cam.array()) as Float32Array;
    const [, high, wide] = cam.shape as [number, number, number];
    cam.dispose();
    return { batch, heat, shape: [high, wide] };
  };
  let computed: Promise<Evidence | undefined> | undefined;
  return async (place) => {
    const evidence = await (computed ??= compute());
    if (!evidence) return undefined;
    const { batch, heat, shape } = evidence;
    const size = shape[0] * shape[1];
    return feed.overlay!(batch, place, { values: heat.subarray(place * size, (place + 1) * size), shape });
  };
}

/** Creates views of texts in which the tokens that support or contradict the prediction are marked. */
function evidenceOfTokens(
  model: TransferModel,
  loader: ExampleLoader,
  number: number,
  {
    mask,
    overlay,
    outputs,
  }: { readonly mask: string; readonly overlay: Overlay; readonly outputs: readonly Float32Array[] },
): (place: number) => Promise<Exhibit | undefined> {
  let loaded: Promise<AnyBatch | undefined> | undefined;
  return async (place) => {
    const batch = await (loaded ??= loader
      .batches(0, number)
      .next()
      .then(({ value }) => value ?? undefined));
    if (!batch || !isNamed(batch)) return undefined;
    const one = exampleOf(batch, place);
    const values = await tokenEvidence(model as Module<ModuleInput>, one, { mask, output: greatest(outputs[place]!) });
    return overlay(one, 0, { values, shape: [values.length] });
  };
}

/** A batch of one of its examples. */
const exampleOf = (batch: NamedBatch, place: number): NamedBatch => ({
  ...batch,
  inputs: Object.fromEntries(
    Object.entries(batch.inputs).map(([name, { data, shape, dtype }]) => {
      const size = data.length / shape[0]!;
      return [name, { data: data.subarray(place * size, (place + 1) * size), shape: [1, ...shape.slice(1)], dtype }];
    }),
  ),
});

const greatest = (values: Float32Array): number =>
  values.reduce((best, value, k) => (value > values[best]! ? k : best), 0);
