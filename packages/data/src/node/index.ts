export { type ImageFolder, type ImageFolderOptions, imageFolder } from './image-folder.ts';
export { default } from './plugin.ts';
