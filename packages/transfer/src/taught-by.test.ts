import { distillation, Linear, weightsOf } from '@graft/layers';
import { accuracy, evaluate } from '@graft/train';
import { expect, test } from 'vitest';
import { brighter, toyBackbone, toyLoader, toyModel } from '../test/toy.ts';
import { taughtBy, trainUnfrozen, TransferModel } from './index.ts';

const training = () => toyLoader({ transform: brighter, shuffle: true });

test('a student learns from the teacher even if the labels are wrong, and the teacher does not change', async () => {
  const [teacher, student] = [
    toyModel(),
    new TransferModel(toyBackbone(), new Linear({ in: 16, out: 2 }).initialize(4)),
  ];
  await trainUnfrozen(teacher, training(), { epochs: 15, learningRate: 0.02 });
  const before = await weightsOf(teacher);
  await trainUnfrozen(student, training(), {
    epochs: 15,
    learningRate: 0.02,
    loss: distillation({ alpha: 1, temperature: 2 }),
    prepare: withWrongLabels(teacher),
  });
  const held = toyLoader({ seed: 2 });
  const taught = await evaluate(student, held, { metrics: [accuracy()] });
  expect(taught['accuracy']).toBe(1);
  expect(await weightsOf(teacher)).toEqual(before);
});
test("the targets are the teacher's logits and the class", async () => {
  const teacher = toyModel();
  for await (const batch of toyLoader().batches(0)) {
    const { input, target } = taughtBy(teacher)(batch, teacher.head.parameters().next().value![1].value.backend);
    expect(target.shape).toEqual([8, 3]);
    const [logits, targets] = [teacher.forward(input).numbers(), target.numbers()];
    for (const [n, label] of batch.labels.entries())
      expect(targets.slice(3 * n, 3 * n + 3)).toEqual([...logits.slice(2 * n, 2 * n + 2), label]);
  }
});

/** Swaps the labels, to prove that the student learns only from the teacher. */
const withWrongLabels =
  (teacher: TransferModel): ReturnType<typeof taughtBy> =>
  (batch, backend) =>
    taughtBy(teacher)({ ...batch, labels: batch.labels.map((label) => 1 - label) }, backend);
