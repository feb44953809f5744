import { textTable } from '@graft/report';
import type { FoundLearningRate } from '@graft/train';

/** Describes learning rates as text: a table of about fifteen with bars for the loss, and the suggestion, or why there is none. */
export function describeRate({ curve, valley, steepest, problem }: FoundLearningRate): string {
  const every = Math.max(1, Math.ceil(curve.length / 15));
  const greatest = Math.max(...curve.map(({ loss }) => loss));
  const rows = curve
    .filter((_, i) => i % every === 0)
    .map(({ learningRate, loss }) => [
      learningRate.toExponential(1),
      loss.toFixed(4),
      '█'.repeat(Math.max(1, Math.round((30 * loss) / greatest))),
    ]);
  const suggestion =
    valley === undefined
      ? problem === 'divergence'
        ? 'The loss rises from the lowest rates on, so there is no suggestion. Check the preprocessing and the data.'
        : 'The loss falls by no more than its noise, so there is no suggestion. Try more --steps or a larger --batch, or check the data.'
      : `The loss decreases fastest at ${steepest?.toPrecision(2) ?? '–'}. Suggested: --learning-rate ${Number(valley.toPrecision(2))}`;
  return `${textTable(['learning rate', 'loss', ''], rows)}\n\n${suggestion}`;
}
