import { basename } from 'node:path';
import type { ClassReport } from '@graft/train';
import type { Backbone } from '../backbone.ts';
import { counted, percent } from '../quantities.ts';
import { interval } from './judge.ts';
import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts';
import { usageOf } from './usage.ts';

export interface CardContent {
  readonly backbone: Pick<Backbone, 'name' | 'cut' | 'features' | 'licence' | 'preprocessing'>;
  readonly classes: readonly string[];
  /** How many images of each class were learned from. */
  readonly learned: readonly number[];
  /** Of those that were held back. */
  readonly report: ClassReport;
  readonly parameters: number;
  readonly trainable: number;
  readonly quarantined: number;
  /** The command that does the run again. */
  readonly command: string;
}

/** What whoever gets a model wants to know, as Markdown: what it is and learned from, how right it is and where it is not, under which licence, and how it is used. */
export function modelCard({ backbone, classes, learned, report, parameters, trainable, quarantined, command }: CardContent): string {
  const { name, cut, features, licence, preprocessing } = backbone;
  const [low, high] = interval(Math.round(report.accuracy * report.samples), report.samples);
  const rowOf = (label: string): ClassReport['rows'][number] => report.rows.find((row) => row.label === label)!;
  const fewest = Math.min(...classes.map((label) => rowOf(label).samples));
  const taken = report.rows.flatMap(({ label, samples, confusedWith }) => (confusedWith ? [{ label, of: samples, as: confusedWith }] : [])).sort((a, b) => b.as.samples - a.as.samples)[0];
  return `# ${escapeMarkdown(basename(name))} on ${classes.length} classes

An image classifier: ${escapeMarkdown(basename(name))} up to "${escapeMarkdown(cut)}" (${counted(features, 'feature')}) with a new head. ${trainable === parameters ? 'All' : `${trainable.toLocaleString('en')} of`} ${parameters.toLocaleString('en')} parameters were learned.

## Data

${markdownTable(['class', 'images learned from', 'images to judge by'], classes.map((label, k) => [label, String(learned[k]!), String(rowOf(label).samples)]))}

The images to judge by were held back at random, class by class, from the same folder; the model has not seen them.${quarantined ? ` ${counted(quarantined, 'file')} could not be read and ${quarantined === 1 ? 'was' : 'were'} left out.` : ''}

## How right it is

${percent(report.accuracy)} of ${counted(report.samples, 'image')} (95 % interval ${percent(low)} to ${percent(high)}).

${markdownTable(['class', 'precision', 'recall', 'F1'], report.rows.map((row) => [row.label, percent(row.precision), percent(row.recall), percent(row.f1)]))}

## Limits

* It answers with one of its classes whatever it is shown, and says nothing of what it does not know.
* The figures hold for images like those of the folder. Another camera, place or season may be harder.${fewest < 20 ? `\n* Some classes are judged by ${counted(fewest, 'image')} only: their figures say little.` : ''}${taken ? `\n* It takes ${escapeMarkdown(taken.label)} for ${escapeMarkdown(taken.as.label)} most often: ${taken.as.samples} of ${taken.of}.` : ''}
* Nobody has looked at whether it treats people of different groups alike. Where it decides about people, do that first.

## Licence

The network that it began from: ${licence === undefined ? 'not known, as the file came without a card. Ask where it comes from before you pass this model on.' : `${escapeMarkdown(licence)}. What was learned on top of it is yours; that of the network goes with it.`}

## How to use it

${preprocessing.channels === 1 ? 'Grey' : preprocessing.order.toUpperCase()} images of ${preprocessing.width}×${preprocessing.height} go in, a logit for each class comes out; \`labels.txt\` has the classes in their order. With Graft: \`graft predict --model <this folder> photo.jpg\`. With onnxruntime, in this folder (it resizes in another way than Graft, so that scores differ a little):

${codeBlock(usageOf(preprocessing), 'js')}

The same model again:

${codeBlock(command, 'sh')}
`;
}
