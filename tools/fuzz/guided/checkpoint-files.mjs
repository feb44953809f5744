// @ts-check
import { earlyStopping, reduceOnPlateau, weightAverage } from '@graft/callbacks';
import { Linear } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import { saveCheckpoint } from '@graft/train';

/** What a checkpoint restores. */
export const checkpointParts = () => {
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const optimizer = new Optimizer(model, adam({ learningRate: 0.1 }));
  return { model, optimizer, callbacks: [earlyStopping(), reduceOnPlateau(), weightAverage()] };
};
/** The files of a checkpoint. */
export async function checkpointFiles() {
  const storage = memoryStorage();
  await saveCheckpoint(storage, 'c', { ...checkpointParts(), state: { epoch: 1 } });
  const read = async (/** @type {string} */ name) => new Uint8Array(await storage.read(`c/${name}`));
  return new Map(
    await Promise.all((await storage.list('c')).map(async (name) => /** @type {const} */ ([name, await read(name)]))),
  );
}
