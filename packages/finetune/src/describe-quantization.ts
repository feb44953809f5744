import { counted, megabytes } from '@graft/report';
import type { OpenedRun, QuantizedModel } from './open-run.ts';

/**
 * Describes a quantized model in one line: `0.9 MB (was 3.3 MB); accuracy 88.2 % (float: 88.9 %) on 24 held-out images; calibrated on 96 images`.
 * @param bytesBefore size of the float model
 */
export function describeQuantization(
  { objective: { score, titles, show }, modality }: Pick<OpenedRun, 'objective' | 'modality'>,
  { bytes, before, after, calibrated, evaluatedOn }: QuantizedModel,
  bytesBefore: number,
): string {
  const [one] = modality.noun;
  const kind = evaluatedOn === 'other' ? one : `${evaluatedOn} ${one}`;
  return `${megabytes(bytes.length)} (was ${megabytes(bytesBefore)}); ${titles[score]!} ${show(score, after.score)} (float: ${show(score, before.score)}) on ${counted(after.samples, kind)}; calibrated on ${evaluatedOn === 'other' ? `${calibrated} others` : counted(calibrated, `training ${one}`)}`;
}
