export { fileSource } from './file-source.ts';
export { installedModels, type InstalledModelsOptions } from './installed-models.ts';
export { type KeptFile, keptFiles, pruneModels } from './kept-files.ts';
export { checkLock, lockName, type ModelLock, pinModel, readLock } from './model-lock.ts';
export { npmSource } from './npm-source.ts';
export {
  findModel,
  hasModel,
  openCompanion,
  openModel,
  type OpenedModel,
  type OpenModelOptions,
} from './open-model.ts';
export { default } from './plugin.ts';
export { pullModel, type PullModelOptions } from './pull-model.ts';
export { readCard } from './read-card.ts';
export { temporaryDownload } from './temporary-download.ts';
export { pypiSource } from './pypi-source.ts';
export { type VerifiedModel, verifyModels } from './verify-models.ts';
