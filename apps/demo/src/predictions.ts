import { predictionSheet, type SheetCell } from '@graft/augment/node';
import type { ReportedRun } from '@graft/report';
import { classification } from '@graft/tasks';

const [maxWrong, maxShown] = [8, 24];

/** Draws a sheet of held-out images with predictions, wrong ones first. */
export async function predictionsOf({ examples, names }: ReportedRun): Promise<Uint8Array> {
  const judged = examples.map((example) => ({
    example,
    verdict: classification.verdict(example.values, example.label, names),
  }));
  const wrong = judged.filter(({ verdict }) => !verdict.correct).slice(0, maxWrong);
  const chosen = [...wrong, ...judged.filter(({ verdict }) => verdict.correct)].slice(0, maxShown);
  const cells = chosen.map(async ({ example, verdict }): Promise<SheetCell> => ({
    picture: (await example.show())!.picture!.bytes,
    ...verdict,
  }));
  return predictionSheet(await Promise.all(cells));
}
