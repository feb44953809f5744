import { newRunFolder } from '@graft/finetune/node';
import { fileStorage } from '@graft/storage/node';
import { fineTuneIn, pipelineIn, type Environment } from '../one-liners.ts';
import { createGraft } from './create-graft.ts';

const node: Environment = { createGraft, storageOf: (out) => fileStorage(out ?? newRunFolder()) };

/**
 * Fine-tunes a network on images in one call: `await fineTuneImages('mobilenet.onnx', 'photos')`. Writes a run folder with the model as ONNX, a report and
 * a model card.
 * @throws GraftError with a stable `code`
 */
export const fineTuneImages: ReturnType<typeof fineTuneIn> = fineTuneIn(node);

/** Opens a finished run as a function that predicts one input: `const predict = await pipeline('my-run')`. */
export const pipeline: ReturnType<typeof pipelineIn> = pipelineIn(node);
