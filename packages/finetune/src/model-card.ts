import { basename } from 'node:path';
import type { Backbone } from '../backbone.ts';
import { counted } from '../quantities.ts';
import type { TaskName } from '../task/task.ts';
import { codeBlock, escapeMarkdown } from './markdown.ts';
import { usageOf } from './usage.ts';

/** A model card: what all kinds have in common, and the parts of one kind as Markdown, with names escaped. */
export interface CardFrame {
  readonly backbone: Pick<Backbone, 'name' | 'cut' | 'features' | 'licence' | 'preprocessing'>;
  readonly title: string;
  /** `An image classifier` */
  readonly kind: string;
  readonly task: TaskName;
  /** What comes out of the model. */
  readonly answers: string;
  readonly data: string;
  readonly scores: string;
  readonly limits: readonly string[];
  readonly parameters: number;
  readonly trainable: number;
  readonly quarantined: number;
  /** The command that does the run again. */
  readonly command: string;
}

/** What a card of any kind says, as Markdown. */
export function cardOf({
  backbone,
  title,
  kind,
  task,
  answers,
  data,
  scores,
  limits,
  parameters,
  trainable,
  quarantined,
  command,
}: CardFrame): string {
  const { name, cut, features, licence, preprocessing } = backbone;
  const [first, ...others] = limits;
  const all = [
    first!,
    'The figures hold for images like those of the folder. Another camera, place or season may be harder.',
    ...others,
    'Nobody has looked at whether it treats people of different groups alike. Where it decides about people, do that first.',
  ];
  return `# ${escapeMarkdown(title)}

${kind}: ${escapeMarkdown(basename(name))} up to "${escapeMarkdown(cut)}" (${counted(features, 'feature')}) with a new head. ${trainable === parameters ? 'All' : `${trainable.toLocaleString('en')} of`} ${parameters.toLocaleString('en')} parameters were learned.

## Data

${data}${quarantined ? ` ${counted(quarantined, 'file')} could not be read and ${quarantined === 1 ? 'was' : 'were'} left out.` : ''}

## How right it is

${scores}

## Limits

${all.map((limit) => `* ${limit}`).join('\n')}

## Licence

The network that it began from: ${licence === undefined ? 'not known, as the file came without a card. Ask where it comes from before you pass this model on.' : `${escapeMarkdown(licence)}. What was learned on top of it is yours; that of the network goes with it.`}

## How to use it

${preprocessing.channels === 1 ? 'Grey' : preprocessing.order.toUpperCase()} images of ${preprocessing.width}×${preprocessing.height} go in, ${answers}. With Graft: \`graft predict --model <this folder> photo.jpg\`. With onnxruntime, in this folder (it resizes in another way than Graft, so that ${task === 'regression' ? 'answers' : 'scores'} differ a little):

${codeBlock(usageOf(preprocessing, task), 'js')}

The same model again:

${codeBlock(command, 'sh')}
`;
}
