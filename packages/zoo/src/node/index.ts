export { cacheFolder } from './cache-folder.ts';
export { fileSource } from './file-source.ts';
export { installedModels } from './installed-models.ts';
export { npmSource } from './npm-source.ts';
export { openModel, type OpenedModel, type OpenModelOptions } from './open-model.ts';
export { default } from './plugin.ts';
export { readCard } from './read-card.ts';
