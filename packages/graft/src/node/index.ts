// All of `@graft/graft`, and everything that needs Node.
export * from '../index.ts';
export { sharpDecoder } from '@graft/augment/node';
export { imageFolder } from '@graft/data/node';
export { defineConfig } from '@graft/finetune/node';
export { fileStorage } from '@graft/storage/node';
export { openModel } from '@graft/zoo/node';
export { createGraft, type GraftOptions } from './create-graft.ts';
export { fineTuneImages, pipeline } from './one-liners.ts';
export { standardPlugins } from './standard-plugins.ts';
