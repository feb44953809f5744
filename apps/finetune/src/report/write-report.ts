import { basename, relative } from 'node:path';
import type { ImageFolder } from '@graft/data/node';
import { Calibration, classReport, type ClassReport, ConfusionMatrix, type EpochLog } from '@graft/train';
import type { TransferModel } from '@graft/transfer';
import type { Backbone } from '../backbone.ts';
import type { ImageLoader } from '../image-loader.ts';
import { counted, percent } from '../quantities.ts';
import type { TaskData, TaskName } from '../task/task.ts';
import type { Shown } from './cards.ts';
import { evidenceOf } from './evidence.ts';
import { alike, judge, type Judged, likelyLabelErrors, principalPlane } from './judge.ts';
import { reportPage } from './report-page.ts';
import { dataAddress, thumbnail } from './thumbnail.ts';

/** Images of each kind that a report shows, and points of its map. */
const [hardestShown, errorsShown, pairsShown, pointsShown] = [12, 8, 6, 400];

export interface ReportedRun {
  readonly model: TransferModel;
  readonly backbone: Backbone;
  readonly folder: ImageFolder;
  /** Where the images are, so that their names are short. */
  readonly data: string;
  /** Batches of the images that were held back, and their numbers in the folder. */
  readonly held: ImageLoader;
  readonly judged: readonly number[];
  /** Images that are looked at; default 2000. */
  readonly most?: number;
  readonly quarantined: readonly { readonly path?: string; readonly reason: string }[];
  readonly log: readonly EpochLog[];
  readonly seconds: number;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly command: string;
}

/** A run's report as one HTML file, and its scores. */
export async function writeReport({
  model,
  backbone,
  folder,
  data,
  held,
  judged,
  most,
  quarantined,
  log,
  seconds,
  facts,
  command,
}: ReportedRun): Promise<{ readonly page: string; readonly report: ClassReport }> {
  const { classes } = folder;
  const samples = await judge(model, held, judged, folder, most);
  const [matrix, calibration] = [new ConfusionMatrix(classes.length), new Calibration({ bins: 10 })];
  for (const { probabilities, truth } of samples) {
    const outputs = {
      values: probabilities.map((share) => Math.log(Math.max(share, 1e-12))),
      shape: [1, classes.length],
    };
    matrix.add(outputs, [truth]);
    calibration.add(outputs, [truth]);
  }
  const named = (path: string): string => relative(data, path) || path;
  const show = async ({ path }: Judged, text: string): Promise<Shown> => ({
    image: dataAddress(await thumbnail(path)),
    name: named(path),
    text,
  });
  const hardest = [...samples].sort((a, b) => b.loss - a.loss).slice(0, hardestShown);
  const evidence = await evidenceFor(model, held, samples, hardest, backbone);
  const plane = principalPlane(samples.slice(0, pointsShown));
  const shareOf = ({ probabilities }: Judged, k: number): string => percent(probabilities[k]!);
  const report = classReport(matrix, classes);
  const page = reportPage({
    title: `${basename(backbone.name)} on ${classes.length} classes`,
    classes,
    report,
    matrix,
    log,
    seconds,
    facts,
    command,
    calibration: { bins: calibration.bins(), error: calibration.error() },
    hardest: await Promise.all(
      hardest.map(async (sample) => {
        const text =
          sample.answer === sample.truth
            ? `${classes[sample.truth]!}, right with ${shareOf(sample, sample.truth)}`
            : `${classes[sample.answer]!} with ${shareOf(sample, sample.answer)}, is ${classes[sample.truth]!} (${shareOf(sample, sample.truth)})`;
        const bright = evidence.get(sample);
        return { ...(await show(sample, text)), ...(bright !== undefined && { evidence: bright }) };
      }),
    ),
    labelErrors: await Promise.all(
      likelyLabelErrors(samples, classes.length)
        .slice(0, errorsShown)
        .map(({ sample, suggested, confidence }) =>
          show(
            sample,
            `labelled ${classes[sample.truth]!}, looks like ${classes[suggested]!} (${percent(confidence)})`,
          ),
        ),
    ),
    alike: await Promise.all(
      alike(samples)
        .slice(0, pairsShown)
        .map(async ({ one, other, cosine }) => ({
          one: await show(one, ''),
          other: await show(other, ''),
          text: `cosine ${cosine.toFixed(4)}${one.truth === other.truth ? '' : `: ${classes[one.truth]!} and ${classes[other.truth]!}`}`,
        })),
    ),
    plane: plane.map(([x, y], i) => ({
      x,
      y,
      group: samples[i]!.truth,
      label: `${named(samples[i]!.path)} (${classes[samples[i]!.truth]!})`,
    })),
    quarantined: quarantined.map(({ path, reason }) => ({ path: path === undefined ? '–' : named(path), reason })),
  });
  return { page, report };
}

/** For the hardest images, what the network looked at; nothing where it has no feature map. */
async function evidenceFor(
  model: TransferModel,
  held: ImageLoader,
  samples: readonly Judged[],
  hardest: readonly Judged[],
  backbone: Backbone,
): Promise<Map<Judged, string>> {
  const found = new Map<Judged, string>();
  let at = 0;
  for await (const batch of held.batches(0)) {
    const own = samples.slice(at, at + batch.labels.length);
    at += batch.labels.length;
    if (!own.some((sample) => hardest.includes(sample))) continue;
    const pictures = await evidenceOf(
      model,
      backbone,
      batch,
      own.map(({ answer }) => answer),
    );
    if (!pictures) return found;
    for (const [i, sample] of own.entries()) if (hardest.includes(sample)) found.set(sample, pictures[i]!);
    if (at >= samples.length) break;
  }
  return found;
}

/** What a report says of a run beside its results. */
export const factsOf = ({
  backbone,
  data,
  task,
  learned,
  judged,
  parameters,
  trainable,
  seed,
}: {
  backbone: Backbone;
  data: Pick<TaskData, 'classes' | 'ignored'>;
  task: TaskName;
  learned: number;
  judged: number;
  parameters: number;
  trainable: number;
  seed: number;
}): (readonly [string, string])[] => [
  ['network', `${backbone.name}, cut at ${backbone.cut}: ${counted(backbone.features, 'feature')}`],
  ['its licence', backbone.licence ?? 'not known here: the file came without a card'],
  [task === 'regression' ? 'numbers' : 'classes', data.classes.join(', ')],
  ['images', `${learned} to learn from, ${judged} to judge by, ${data.ignored.length} files left alone`],
  ['parameters', `${trainable.toLocaleString('en')} of ${parameters.toLocaleString('en')} learned`],
  ['seed', String(seed)],
];
