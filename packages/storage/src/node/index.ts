export { fileStorage, makeFolder } from './file-storage.ts';
export { isInside } from './is-inside.ts';
export { isRunning } from './is-running.ts';
export { lockFolder } from './lock-folder.ts';
export { type ReadOptions, readRegularFile } from './read-regular-file.ts';
export { cacheFolder } from './cache-folder.ts';
export { isAbandoned, isUnfinished, sweepUnfinished, unfinishedPath } from './unfinished-files.ts';
