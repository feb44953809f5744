// @ts-check
// `npm run networks -- --zoo digits=folder --zoo photos=folder [--markdown docs/zoo.md]`: measures every model card whose file is on this machine on the data.
import { basename, join } from 'node:path';
import { cpus } from 'node:os';
import { recommendModel } from '@graft/finetune';
import { createGraft } from '@graft/graft/node';
import { modelCard } from '@graft/zoo';
import { hasModel } from '@graft/zoo/node';
import { root } from '../build/build.mjs';

/** Examples of each data set that are used. */
const examples = 300;

/** @typedef {import('@graft/zoo').ModelCard} ModelCard */
/** @typedef {import('@graft/finetune').MeasuredModel} MeasuredModel */
/** @typedef {{ card: ModelCard, measured: ReadonlyMap<string, MeasuredModel | string> }} ZooRow a model, and by data set its measurement or why there is none */
/** @typedef {{ name: string, origin: string, examples: number, classes: number }} ZooData */

/**
 * Trains a new head on the frozen features of every card's model, for each data set.
 * @param {readonly { name: string, origin: string, path: string }[]} data
 * @param {string} from the folder whose packages are searched for files
 * @returns {Promise<{ rows: readonly ZooRow[], data: readonly ZooData[] }>}
 */
export async function measuredZoo(data, from) {
  const places = [join(root, 'apps/graft'), from];
  const app = await createGraft({ modelsFrom: places });
  try {
    const cards = [...app.all(modelCard)].sort((a, b) => (a.name < b.name ? -1 : 1));
    const here = [];
    for (const card of cards) if (await hasModel(card, { app, from: places })) here.push(card.name);
    /** @type {Map<string, Map<string, MeasuredModel | string>>} */
    const measured = new Map(cards.map(({ name }) => [name, new Map()]));
    const sets = [];
    for (const { name, origin, path } of data) {
      const found = await recommendModel({ models: here, data: path, examples }, { app, events: told });
      for (const one of found.models) measured.get(one.name)?.set(name, one);
      for (const { name: model, reason } of found.rejected) measured.get(model)?.set(name, reason);
      sets.push({ name, origin, examples: found.examples, classes: found.classes });
    }
    return { rows: cards.map((card) => ({ card, measured: measured.get(card.name) ?? new Map() })), data: sets };
  } finally {
    await app.dispose();
  }
}

/** @param {import('@graft/finetune').RunEvent} event */
const told = (event) => {
  if (event.type === 'status') console.log(event.message);
};

/** A model's measurements. The last one has the most examples, and so the steadiest speed. @param {ZooRow} row @param {readonly ZooData[]} data */
const measurements = ({ measured }, data) =>
  data
    .toSorted((a, b) => a.examples - b.examples)
    .flatMap(({ name }) => {
      const one = measured.get(name);
      return one === undefined || typeof one === 'string' ? [] : [one];
    });
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;
const size = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/**
 * The page docs/zoo.md.
 * @param {Awaited<ReturnType<typeof measuredZoo>>} zoo
 */
export function zooPage({ rows, data }) {
  const line = (/** @type {ZooRow} */ row) => {
    const { card, measured } = row;
    const one = measurements(row, data).at(-1);
    return `| ${[
      `\`${card.name}\``,
      card.title,
      card.parameters === undefined ? '–' : size.format(card.parameters),
      one ? one.features.toLocaleString('en') : '–',
      one ? `\`${one.cut}\`` : '–',
      card.licence,
      card.verified ? 'yes' : 'no',
      one ? Number(one.perSecond.toPrecision(2)).toLocaleString('en') : '–',
      ...data.map(({ name }) => {
        const found = measured.get(name);
        return found === undefined || typeof found === 'string'
          ? '–'
          : `${percent(found.score)} ± ${percent(found.deviation)}`;
      }),
    ].join(' | ')} |`;
  };
  const here = rows.filter((row) => measurements(row, data).length);
  const others = rows.filter((row) => !measurements(row, data).length);
  const sets = data.map(
    ({ name, origin, examples: count, classes }) =>
      `**${name}**: ${count} images of ${classes} classes${origin ? `, from ${origin}` : ''}`,
  );
  return `# Model zoo

Written by \`npm run networks -- ${data.map(({ name }) => `--zoo ${name}=<folder>`).join(' ')} --markdown docs/zoo.md\` on ${cpus()[0]?.model.trim() ?? 'an unknown processor'} with the WebAssembly
backend. The new head is trained on frozen features, and the table shows its accuracy: mean and standard deviation over the folds of a cross-validation.

${sets.map((set) => `- ${set}`).join('\n')}
- **parameters** are those of the whole network, **features** the inputs of the new head, and **cut** the value that it reads.
- **verified** models give the outputs of the framework that they come from: onnxruntime for ONNX files, PyTorch for its weights.
- **images/s** is the speed of the frozen network, including the preparation of its input, but not reading files.

| name | model | parameters | features | cut | licence | verified | images/s | ${data.map(({ name }) => name).join(' | ')} |
|---|---|---|---|---|---|---|---|${data.map(() => '---|').join('')}
${here.map(line).join('\n')}

Which one suits your data? \`graft models recommend --data photos\` measures it.

These models were not measured, because their files were not on this machine, or they do not take images:

| name | model | parameters | licence | verified | source |
|---|---|---|---|---|---|
${others.map(({ card }) => `| ${[`\`${card.name}\``, card.title, card.parameters === undefined ? '–' : size.format(card.parameters), card.licence, card.verified ? 'yes' : 'no', `\`${basename(card.source)}\` of \`${card.source.split(/[/@=]/)[0]}\``].join(' | ')} |`).join('\n')}
`;
}
