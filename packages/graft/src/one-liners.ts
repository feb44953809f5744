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

/** Options of {@link fineTuneImages}: those of a run, its storage and its app. */
export interface FineTuneImagesOptions
  extends Omit<FinetuneOptions, 'model' | 'data'>, Pick<RunContext, 'events' | 'signal'> {
  /** Folder or storage of the run. Default: in Node a new folder in `runs`, in a browser `runs/latest`. */
  readonly out?: string | Storage;
  /** Default: an app with the standard plugins, which is disposed of afterwards. */
  readonly app?: App;
}

/** Predicts one input: a path, a File, bytes, a canvas. */
export interface Pipeline {
  /** @throws if the input cannot be read */
  (input: unknown, options?: PredictOptions): Promise<RunPrediction>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

/** Options of {@link pipeline}. */
export interface PipelineOptions {
  readonly backend?: string;
  readonly app?: App;
}

/** Differences between Node and browsers. */
export interface Environment {
  createGraft(): Promise<App>;
  storageOf(out: string | undefined): Storage | Promise<Storage>;
}

/** Creates {@link fineTuneImages} for an environment. */
export const fineTuneIn =
  (environment: Environment) =>
  async (
    model: FinetuneOptions['model'],
    data: unknown,
    { out, app: given, events, signal, ...options }: FineTuneImagesOptions = {},
  ): Promise<FinetuneResult> => {
    const app = given ?? (await environment.createGraft());
    try {
      const storage = typeof out === 'object' ? out : await environment.storageOf(out);
      return await finetune(
        { ...options, modality: 'image', model, data },
        { app, storage, ...(events && { events }), ...(signal && { signal }) },
      );
    } finally {
      if (!given) await app.dispose();
    }
  };

/** Creates {@link pipeline} for an environment. */
export const pipelineIn =
  (environment: Environment) =>
  async (run: string | Storage, { backend, app: given }: PipelineOptions = {}): Promise<Pipeline> => {
    const app = given ?? (await environment.createGraft());
    const storage = typeof run === 'object' ? run : await environment.storageOf(run);
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

const browser: Environment = { createGraft, storageOf: (out) => opfsStorage(out ?? 'runs/latest') };

/**
 * Fine-tunes a network on images in one call: `await fineTuneImages(file, files)`. In a browser, the model is bytes, a File or a URL, the data is the `File` objects of a
 * folder, and the run is stored in the origin private file system. In Node, use the function of `@graft/graft/node`, which accepts paths.
 * @throws GraftError with a stable `code`
 */
export const fineTuneImages: ReturnType<typeof fineTuneIn> = fineTuneIn(browser);

/** Opens a finished run as a function that predicts one input: `const predict = await pipeline('runs/latest')`. */
export const pipeline: ReturnType<typeof pipelineIn> = pipelineIn(browser);
