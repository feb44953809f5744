import {
  finetune,
  type FinetuneOptions,
  type FinetuneResult,
  openRun,
  type PredictOptions,
  type RunContext,
  type RunPrediction,
} from '@graft/finetune';
import { type App, GraftError } from '@graft/plugin';
import { opfsStorage, type Storage } from '@graft/storage';
import { createGraft } from './create-graft.ts';

/** Options of {@link fineTuneImages}: those of a run, and where it is kept. */
export interface FineTuneImagesOptions
  extends Omit<FinetuneOptions, 'model' | 'data'>, Pick<RunContext, 'events' | 'signal'> {
  /** A folder, or a storage; default a new folder below `runs`. */
  readonly out?: string | Storage;
  /** Default: an app with everything standard, which is disposed of afterwards. */
  readonly app?: App;
}

/** Predicts one input: a path, a File, bytes, a canvas. */
export interface Pipeline {
  /** @throws where the input cannot be read */
  (input: unknown, options?: PredictOptions): Promise<RunPrediction>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

/** Options of {@link pipeline}. */
export interface PipelineOptions {
  readonly backend?: string;
  readonly app?: App;
}

/** What differs between places where Graft runs. */
export interface Place {
  createGraft(): Promise<App>;
  storageOf(out: string | undefined): Storage | Promise<Storage>;
}

/** {@link fineTuneImages} for a place. */
export const fineTuneIn =
  (place: Place) =>
  async (
    model: FinetuneOptions['model'],
    data: unknown,
    { out, app: given, events, signal, ...options }: FineTuneImagesOptions = {},
  ): Promise<FinetuneResult> => {
    const app = given ?? (await place.createGraft());
    try {
      const storage = typeof out === 'object' ? out : await place.storageOf(out);
      return await finetune(
        { ...options, modality: 'image', model, data },
        { app, storage, ...(events && { events }), ...(signal && { signal }) },
      );
    } finally {
      if (!given) await app.dispose();
    }
  };

/** {@link pipeline} for a place. */
export const pipelineIn =
  (place: Place) =>
  async (run: string | Storage, { backend, app: given }: PipelineOptions = {}): Promise<Pipeline> => {
    const app = given ?? (await place.createGraft());
    const storage = typeof run === 'object' ? run : await place.storageOf(run);
    const opened = await openRun(storage, { app, ...(backend !== undefined && { backend }) }).catch(async (error) => {
      if (!given) await app.dispose();
      throw error;
    });
    const predict = async (input: unknown, options?: PredictOptions): Promise<RunPrediction> => {
      const [prediction] = await opened.predict([input], options);
      if (prediction!.error !== undefined) throw new GraftError(prediction!.error, { code: 'data.read' });
      return prediction!;
    };
    return Object.assign(predict, {
      dispose: async () => {
        await opened.dispose();
        if (!given) await app.dispose();
      },
    });
  };

const browser: Place = { createGraft, storageOf: (out) => opfsStorage(out ?? 'runs/latest') };

/**
 * Fine-tunes a network on images, in one call: `await fineTuneImages(file, files)`. In a browser the model is bytes, a File or an address, the data are `File` objects of a chosen
 * folder, and the run is kept in the origin private file system; in Node use the one of `@graft/graft/node`, which takes paths.
 * @throws GraftError with a stable `code`
 */
export const fineTuneImages: ReturnType<typeof fineTuneIn> = fineTuneIn(browser);

/** A finished run as a function from one input to its prediction: `const predict = await pipeline('runs/latest')`. */
export const pipeline: ReturnType<typeof pipelineIn> = pipelineIn(browser);
