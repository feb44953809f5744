import type { Features, HeadFeatures, Link } from '@graft/transfer';
import { fitLinear, nearestNeighbours } from '@graft/transfer';
import type { Label } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { AnyBackend } from '@graft/tensor';

/** How well a simple method does on the held-out examples. */
export interface Baseline {
  readonly name: string;
  /** The objective's score. */
  readonly score: number;
  /** Mean loss per example: for classes the negative log-likelihood in nats. */
  readonly loss: number;
}

/** Features of more than this many bytes are not compared. */
const mostBytes = 2 ** 30;
/** Similarities of more pairs of examples are not computed. */
const mostPairs = 2 ** 28;
/** Work of a linear probe (rows × features × outputs) from which it is left out, unless it is the head itself. */
const mostProbe = 2 ** 31;

/** Scores raw outputs for held-out examples. */
export function scoreOf(
  objective: Objective,
  names: readonly string[],
  outputs: readonly Float32Array[],
  labels: readonly Label[],
): Omit<Baseline, 'name'> {
  const evaluator = objective.evaluator(names);
  const distance = objective.distance(labels);
  let loss = 0;
  for (const [i, values] of outputs.entries()) {
    const label = labels[i]!;
    evaluator.add({ values, shape: [1, values.length] }, typeof label === 'number' ? [label] : label);
    loss += distance(values, label) / outputs.length;
  }
  return { score: evaluator.result().score, loss };
}

/**
 * Simple methods to compare a trained model with: the most frequent prediction, nearest neighbours and a linear probe, on the features of the frozen backbone.
 * @param probe outputs of a linear head for the held-out examples, if it was fitted already
 */
export async function baselines(
  { training, heldOut, views }: HeadFeatures,
  {
    objective,
    names,
    link,
    classWeights,
    backend,
    seed,
    probe,
    onStep,
  }: {
    readonly objective: Objective;
    readonly names: readonly string[];
    readonly link: Link;
    readonly classWeights: readonly number[] | undefined;
    readonly backend: AnyBackend;
    readonly seed: number;
    readonly probe?: readonly Float32Array[] | undefined;
    readonly onStep: () => void | Promise<void>;
  },
): Promise<Baseline[]> {
  if (!heldOut?.samples.length || training.shape.length !== 1) return [];
  const known: Features = { ...training, samples: training.samples.slice(0, training.samples.length / views) };
  const labels = heldOut.samples.map(({ label }) => label);
  const outputs = names.length;
  const scored = (name: string, found: readonly Float32Array[]): Baseline => ({
    name,
    ...scoreOf(objective, names, found, labels),
  });
  const constant = usual(known, outputs, link);
  const result = [
    scored(
      link === 'identity' ? 'mean of the training data' : 'class frequencies',
      labels.map(() => constant),
    ),
  ];
  const [rows, width] = [known.samples.length, known.size];
  if (4 * rows * width > mostBytes) return result;
  if (rows * labels.length <= mostPairs)
    result.push(
      scored(
        `${Math.min(5, rows)} nearest neighbours`,
        await nearestNeighbours(known, heldOut, { link, outputs, backend }),
      ),
    );
  if (probe) result.push(scored('linear probe', probe));
  else if (rows * width * outputs <= mostProbe) {
    const targets = known.samples.map(({ label }) => label);
    const { weight, bias } = await fitLinear(
      {
        inputs: known.samples.map(({ input }) => input),
        targets,
        outputs,
        folds: Array.from({ length: rows }, (_, i) => i % Math.min(5, rows)),
        ...(classWeights && { weights: targets.map((label) => classWeights[label as number]!) }),
      },
      { link, backend, seed, onStep },
    );
    result.push(
      scored(
        'linear probe',
        heldOut.samples.map(({ input }) =>
          Float32Array.from({ length: outputs }, (_, k) => {
            let sum = bias[k]!;
            for (let j = 0; j < width; j++) sum += weight[k * width + j]! * input[j]!;
            return sum;
          }),
        ),
      ),
    );
  }
  return result;
}

/** The outputs that suit the training data best without looking at an example. */
function usual({ samples }: Features, outputs: number, link: Link): Float32Array {
  const mean = new Float32Array(outputs);
  for (const { label } of samples)
    if (typeof label === 'number') mean[label]! += 1 / samples.length;
    else for (let k = 0; k < outputs; k++) mean[k]! += label[k]! / samples.length;
  if (link === 'identity') return mean;
  const bounded = mean.map((share) => Math.min(Math.max(share, 1e-6), 1 - 1e-6));
  return link === 'sigmoid' ? bounded.map((share) => Math.log(share / (1 - share))) : bounded.map(Math.log);
}
