import { compile, forward, type Module, type ModuleInput } from '@graft/layers';
import { scope } from '@graft/tensor';
import { disposeInputs, type MadeUpInputs, madeUpInputs } from './made-up-inputs.ts';

/** What a network is tried with. */
export interface TrialInputs extends MadeUpInputs {
  /** The network's name in errors. */
  readonly name: string;
  /** The size of the batch. */
  readonly batch: number;
}

/**
 * Runs a network once on made-up inputs, as training and as evaluation do, so an operator that cannot run is found before any example is read.
 * @throws an error that names the node
 */
export async function expectRuns(module: Module, { name, batch, ...inputs }: TrialInputs): Promise<void> {
  const input = madeUpInputs(inputs)?.(0, batch);
  if (!input) return;
  const compiled = compile(module as Module<ModuleInput>);
  try {
    for (const run of [() => forward(module as Module<ModuleInput>, input), () => compiled.forward(input)]) {
      const output = scope(run);
      await output.array();
      output.dispose();
    }
  } catch (error) {
    throw new Error(`"${name}" cannot run on the backend "${inputs.backend.name}": ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    compiled.dispose();
    disposeInputs(input);
  }
}
