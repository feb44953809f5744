import { codeBlock, counted, escapeMarkdown, type ReportedRun } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { Backbone } from './backbone.ts';

/** What a model card says beside what the report knows. */
export interface CardContent {
  readonly run: ReportedRun;
  readonly objective: Objective;
  readonly backbone: Pick<Backbone, 'name' | 'cut' | 'features' | 'licence' | 'modality' | 'feed'>;
  readonly parameters: number;
  readonly trainable: number;
}

/** What users of a model need to know, as Markdown: what it is and was trained on, how accurate it is and where it is not, its licence, and how to use it. */
export function modelCard({ run, objective, backbone, parameters, trainable }: CardContent): string {
  const { name, cut, features, licence, modality, feed } = backbone;
  const part = objective.card(run);
  const usage = modality.usage(feed.preprocessing, objective, objective.usage);
  const [first, ...others] = part.limits;
  const limits = [
    first!,
    'The scores apply to examples like those in the data. Other devices, places or seasons may be harder.',
    ...others,
    'It has not been tested for bias between groups of people. Test that before it makes decisions about people.',
  ];
  const missing = run.quarantined.length;
  return `# ${escapeMarkdown(run.title)}

${part.kind}: ${escapeMarkdown(nameOnly(name))} up to "${escapeMarkdown(cut)}" (${counted(features, 'feature')}) with a new head. ${trainable === parameters ? 'All' : `${trainable.toLocaleString('en')} of`} ${parameters.toLocaleString('en')} parameters were trained.

## Data

${part.data}${missing ? ` ${counted(missing, 'example')} could not be read and ${missing === 1 ? 'was' : 'were'} left out.` : ''}

## Evaluation

${part.scores}

## Limitations

${limits.map((limit) => `* ${limit}`).join('\n')}
${run.warnings.length ? `\n## Warnings\n\n${run.warnings.map((text) => `* ${escapeMarkdown(text)}`).join('\n')}\n` : ''}
## Licence

The pretrained network: ${licence === undefined ? 'unknown, because the file came without a card. Find out before you pass this model on.' : `${escapeMarkdown(licence)}. It applies to this model as well; what was trained on top of it is yours.`}

## Usage

Input: ${usage.inputs}. Output: ${part.outputs}. With Graft: \`graft predict --model <this folder> <file>\`. With onnxruntime, in this folder${usage.difference === undefined ? '' : ` (${usage.difference})`}:

${codeBlock(usage.script, 'js')}
${run.reproduce === undefined ? '' : `\nTo train it again:\n\n${codeBlock(run.reproduce, 'sh')}\n`}`;
}

/** A path's last part. */
const nameOnly = (path: string): string => path.split(/[/\\]/).at(-1)!;
