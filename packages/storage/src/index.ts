export { inFolder } from './in-folder.ts';
export { memoryStorage } from './memory-storage.ts';
export { opfsStorage } from './opfs-storage.ts';
export { type Storage, storage } from './storage.ts';
