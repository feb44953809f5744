import { GraftError } from '@graft/plugin';
import { shortNumber } from '@graft/report';
import type { EpochLog } from '@graft/train';
import type { Link } from '@graft/transfer';

/** The loss that predictions have without any training, from which a network counts as destroyed. */
const hopeless: Readonly<Record<Link, (outputs: number) => number>> = {
  softmax: (outputs) => 10 * Math.log(Math.max(outputs, 2)) + 10,
  sigmoid: () => 20,
  identity: () => 1000,
};

/** @throws if training has left a network whose loss is many times that of a constant prediction @param epoch the log of the epoch whose weights are kept */
export function expectSane(
  epoch: EpochLog | undefined,
  {
    link,
    outputs,
    learningRate,
    phase,
  }: { link: Link | undefined; outputs: number; learningRate: number; phase: string },
): void {
  if (!epoch || !link) return;
  const loss = epoch['validationLoss'] ?? epoch['loss']!;
  if (loss <= hopeless[link](outputs)) return;
  throw new GraftError(
    `Training (${phase}) destroyed the network: its loss is ${shortNumber(loss)}, but about ${shortNumber(hopeless[link](outputs) / 10)} or less is expected without any training. The learning rate ${learningRate} is too high. Set the option learningRate to a lower one, or find one with graft lr-find.`,
    { code: 'run.diverged', place: 'learningRate' },
  );
}
