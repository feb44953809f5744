import { fileURLToPath } from 'node:url';

/** Where this package lies: models and data sets that came with it are found from here. */
export const appFolder = fileURLToPath(new URL('.', import.meta.url));
