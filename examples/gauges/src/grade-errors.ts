import { type GraftCommand, withRun } from '@graft/cli';
import { openData } from '@graft/finetune';
import { textTable } from '@graft/report';

/** `graft grade-errors my-run new-curves` lists labelled examples with large errors, where the prediction or the label is wrong. */
export const gradeErrors: GraftCommand = {
  name: 'grade-errors',
  description: 'list labelled examples with large errors of a run of the task ordinal, largest first',
  define: (command) =>
    void command
      .argument('<run>', 'the folder of a finished run')
      .argument('<data>', 'labelled examples')
      .option('--least <grades>', 'smallest error to list, in grades', '2')
      .option('--backend <name>', 'compute backend', 'wasm')
      .option('--json', 'print the examples as JSON'),
  run: async ({ args: [path, location], options: { least: given, backend, json } }, { plugins, reporter }) => {
    const least = Number(given);
    if (!Number.isInteger(least) || least < 0)
      throw new Error(`--least expects an integer number of grades, got ${JSON.stringify(given)}.`);
    await withRun(path!, { backend: backend as string, plugins }, reporter, async (run, app) => {
      const { objective, modality, names, summary } = run;
      if (objective.name !== 'ordinal')
        throw new Error(
          `"${path}" is a run of the task ${objective.name}, which has no grades. Give a run of the task ordinal.`,
        );
      const data = await openData(app, location, { modality, objective, columns: summary.targets });
      const unknown = data.names.find((name) => !names.includes(name));
      if (unknown !== undefined)
        throw new Error(
          `"${data.location}" has the grade "${unknown}", but "${path}" only knows ${names.join(', ')}. Use examples of these grades.`,
        );
      const predictions = await run.predict(data.examples.map(({ input }) => input));
      const found = predictions
        .flatMap(({ text, error }, i) => {
          const { name, label } = data.examples[i]!;
          if (text === undefined) {
            reporter.warn(`left out an example: ${error}`);
            return [];
          }
          const truth = data.names[label as number]!;
          return [
            { example: name, truth, prediction: text, off: Math.abs(names.indexOf(text) - names.indexOf(truth)) },
          ];
        })
        .filter(({ off }) => off >= least)
        .sort((a, b) => b.off - a.off);
      if (json) console.log(JSON.stringify(found));
      else if (found.length)
        console.log(
          textTable(
            ['example', 'grade', 'prediction', 'grades off'],
            found.map(({ example, truth, prediction, off }) => [example, truth, prediction, String(off)]),
          ),
        );
      else console.log(`No prediction is off by ${least} or more grades.`);
    });
  },
};
