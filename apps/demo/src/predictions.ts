import { predictionSheet, type SheetCell } from '@graft/augment/node';
import type { ReportedRun } from '@graft/report';
import { classification } from '@graft/tasks';

const [wrongShown, shown] = [8, 24];

/** A sheet of held-out images with predictions, wrong ones first. */
export async function predictionsOf({ examples, names }: ReportedRun): Promise<Uint8Array> {
  const told = examples.map((example) => ({
    example,
    verdict: classification.verdict(example.values, example.label, names),
  }));
  const wrong = told.filter(({ verdict }) => !verdict.correct).slice(0, wrongShown);
  const chosen = [...wrong, ...told.filter(({ verdict }) => verdict.correct)].slice(0, shown);
  const cells = chosen.map(async ({ example, verdict }): Promise<SheetCell> => ({
    picture: (await example.show())!.picture!.bytes,
    ...verdict,
  }));
  return predictionSheet(await Promise.all(cells));
}
