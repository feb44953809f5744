import { codeBlock, counted, escapeMarkdown, type ReportedRun } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { Backbone } from './backbone.ts';

/** Content of a model card: the reported run and details of its model. */
export interface CardContent {
  readonly run: ReportedRun;
  readonly objective: Objective;
  readonly backbone: Pick<Backbone, 'name' | 'cut' | 'features' | 'licence' | 'modality' | 'feed'>;
  readonly parameters: number;
  readonly trainable: number;
  /** Scores of a cross-validation as a clause, for a run without held-out examples. */
  readonly folds?: string | undefined;
}

/** Writes a model card as Markdown: model, training data, scores, limitations, licence and usage. */
export function modelCard({ run, objective, backbone, parameters, trainable, folds }: CardContent): string {
  const { name, cut, features, licence, modality, feed } = backbone;
  const part = objective.card(run);
  const usage = modality.usage(feed.preprocessing, objective, objective.usage);
  const [first, ...others] = part.limits;
  const limits = [
    first!,
    run.evaluation
      ? 'The scores apply to examples like those in the data. Other devices, places or seasons may be harder.'
      : 'It was trained on examples like those in the data. Other devices, places or seasons may be harder.',
    ...others,
    'It has not been tested for bias between groups of people. Test that before it makes decisions about people.',
  ];
  const missing = run.quarantined.length;
  return `# ${escapeMarkdown(run.title)}

${part.kind}: ${escapeMarkdown(nameOnly(name))} up to "${escapeMarkdown(cut)}" (${counted(features, 'feature')}) with a new head. ${trainable === parameters ? 'All' : `${trainable.toLocaleString('en')} of`} ${parameters.toLocaleString('en')} parameters were trained.

## Data

${part.data}${missing ? ` ${counted(missing, 'example')} could not be read and ${missing === 1 ? 'was' : 'were'} left out.` : ''}

## Evaluation

${part.scores ?? noScores(run, folds)}${run.outcome?.length ? `\n\n${run.outcome.map(escapeMarkdown).join(' ')}` : ''}${run.test === undefined ? '' : `\n\nTest: ${escapeMarkdown(run.test)}. Neither training nor its choices used them.`}

## Limitations

${limits.map((limit) => `* ${limit}`).join('\n')}
${run.warnings.length ? `\n## Warnings\n\n${run.warnings.map((text) => `* ${escapeMarkdown(text)}`).join('\n')}\n` : ''}
## Licence

The pretrained network: ${licence === undefined ? 'unknown, because the file has no card. Find out before you distribute this model.' : `${escapeMarkdown(licence)}. It also applies to this model; the weights that you trained are yours.`}

## Usage

Input: ${usage.inputs}. Output: ${part.outputs}. With Graft: \`graft predict --model <this folder> <file>\`. With onnxruntime, in this folder${usage.difference === undefined ? '' : ` (${usage.difference})`}:

${codeBlock(usage.script, 'js')}
${run.reproduce === undefined ? '' : `\nTo train it again:\n\n${codeBlock(run.reproduce, 'sh')}\n`}`;
}

const noScores = ({ noun: [, many], test }: ReportedRun, folds: string | undefined): string =>
  `No ${many} were held out${test === undefined ? ', so this model has no score of its own' : ' for validation'}.${folds === undefined ? '' : ` Cross-validation, of models trained on a part of the data each: ${escapeMarkdown(folds)}.`}`;

const nameOnly = (path: string): string => path.split(/[/\\]/).at(-1)!;
