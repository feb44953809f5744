// Each command is loaded when it is called, so it does not wait for modules that only others need.

/** A function whose module is loaded when it is called. */
const lazy =
  <Args extends readonly unknown[], Result>(load: () => Promise<(...args: Args) => Result>) =>
  async (...args: Args): Promise<Awaited<Result>> =>
    await (
      await load()
    )(...args);

export const checkPlugin = lazy(async () => (await import('./plugins.ts')).checkPlugin);
export const doctor = lazy(async () => (await import('./doctor.ts')).doctor);
export const evaluateRun = lazy(async () => (await import('./evaluate.ts')).evaluateRun);
export const exportRun = lazy(async () => (await import('./export.ts')).exportRun);
export const finetune = lazy(async () => (await import('./finetune.ts')).finetune);
export const inspect = lazy(async () => (await import('./inspect.ts')).inspect);
export const listModels = lazy(async () => (await import('./models.ts')).listModels);
export const lrFind = lazy(async () => (await import('./lr-find.ts')).lrFind);
export const modelInfo = lazy(async () => (await import('./models.ts')).modelInfo);
export const predict = lazy(async () => (await import('./predict.ts')).predict);
export const preview = lazy(async () => (await import('./preview.ts')).preview);
export const printComparison = lazy(async () => (await import('./compare.ts')).printComparison);
export const printPlugins = lazy(async () => (await import('./plugins.ts')).printPlugins);
export const printVerifiedModels = lazy(async () => (await import('./models.ts')).printVerifiedModels);
export const pruneCache = lazy(async () => (await import('./models.ts')).pruneCache);
export const pullModels = lazy(async () => (await import('./models.ts')).pullModels);
export const recommend = lazy(async () => (await import('./recommend.ts')).recommend);
export const resume = lazy(async () => (await import('./resume.ts')).resume);
