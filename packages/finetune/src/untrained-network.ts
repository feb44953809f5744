import { exportOnnx, readModel } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import { Random, randomService } from '@graft/tensor';
import { architecture } from '@graft/zoo';

/** Creates the network of an architecture with random weights, drawn from the run's random numbers; undefined if no architecture has this name. */
export async function untrainedNetwork(context: Context, name: string): Promise<Network | undefined> {
  const found = context.all(architecture).find((one) => one.name === name);
  if (!found) return undefined;
  const random = (context.find(randomService) ?? new Random(0)).fork('architecture');
  const module = found.create({}, context).initialize(random.bits());
  const model = await exportOnnx(module, { inputShape: found.inputShape ?? [3, 224, 224] });
  return { card: undefined, file: readModel({ name, model }), untrained: true };
}
