import type { ReportedRun } from '@graft/report';

/** For a model card: where a run's held-out examples come from. @param sample what a random sample of them is of: `the same table` */
export const heldOutSentence = ({ noun: [, many], chosen }: ReportedRun, sample: string): string =>
  `The held-out ${many} are ${chosen ? 'the validation part of the data' : `a random sample of ${sample}`}; the model was not trained on them.`;
