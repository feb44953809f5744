import type { ReportedRun } from '@graft/report';

/** For a model card: where a run's held-out examples come from. @param sample what a random sample of them is of: `the same table` */
export const heldOutSentence = ({ noun: [, many], chosen, examples }: ReportedRun, sample: string): string =>
  examples.length === 0
    ? `No ${many} were held out; the model was trained on all of them.`
    : `The held-out ${many} are ${chosen ? 'the validation part of the data' : `a random sample of ${sample}`}; the model was not trained on them.`;
