export { cacheFolder } from './cache-folder.ts';
export { fileSource } from './file-source.ts';
export { installedModels } from './installed-models.ts';
export { type KeptFile, keptFiles, pruneModels } from './kept-files.ts';
export { checkLock, lockName, type ModelLock, pinModel, readLock } from './model-lock.ts';
export { npmSource } from './npm-source.ts';
export { findModel, openModel, type OpenedModel, type OpenModelOptions } from './open-model.ts';
export { default } from './plugin.ts';
export { readCard } from './read-card.ts';
