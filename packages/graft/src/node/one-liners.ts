import { newRunFolder } from '@graft/finetune/node';
import { fileStorage } from '@graft/storage/node';
import { fineTuneIn, pipelineIn, type Place } from '../one-liners.ts';
import { createGraft } from './create-graft.ts';

const node: Place = { createGraft, storageOf: (out) => fileStorage(out ?? newRunFolder()) };

/**
 * Fine-tunes a network on images, in one call: `await fineTuneImages('mobilenet.onnx', 'photos')`. The run is a folder with the model as ONNX, a report and
 * a model card.
 * @throws GraftError with a stable `code`
 */
export const fineTuneImages: ReturnType<typeof fineTuneIn> = fineTuneIn(node);

/** A finished run as a function from one input to its prediction: `const predict = await pipeline('my-run')`. */
export const pipeline: ReturnType<typeof pipelineIn> = pipelineIn(node);
