// Each command is loaded when it is called, so that it does not wait for what only others need.

/** A function of a module that is loaded when it is called. */
const later =
  <Args extends readonly unknown[], Result>(load: () => Promise<(...args: Args) => Result>) =>
  async (...args: Args): Promise<Awaited<Result>> =>
    await (
      await load()
    )(...args);

export const checkPlugins = later(async () => (await import('./plugins.ts')).checkPlugins);
export const compareRuns = later(async () => (await import('./compare.ts')).compareRuns);
export const doctor = later(async () => (await import('./doctor.ts')).doctor);
export const evaluateRun = later(async () => (await import('./evaluate.ts')).evaluateRun);
export const exportRun = later(async () => (await import('./export.ts')).exportRun);
export const finetune = later(async () => (await import('./finetune.ts')).finetune);
export const inspect = later(async () => (await import('./inspect.ts')).inspect);
export const listModels = later(async () => (await import('./models.ts')).listModels);
export const listPlugins = later(async () => (await import('./plugins.ts')).listPlugins);
export const lrFind = later(async () => (await import('./lr-find.ts')).lrFind);
export const modelInfo = later(async () => (await import('./models.ts')).modelInfo);
export const predict = later(async () => (await import('./predict.ts')).predict);
export const preview = later(async () => (await import('./preview.ts')).preview);
export const pruneCache = later(async () => (await import('./models.ts')).pruneCache);
export const pullModels = later(async () => (await import('./models.ts')).pullModels);
export const resume = later(async () => (await import('./resume.ts')).resume);
export const verifyModels = later(async () => (await import('./models.ts')).verifyModels);
