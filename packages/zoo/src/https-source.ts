import { download } from './download.ts';
import type { ModelSource } from './model-source.ts';

/** Files on web servers. */
export const httpsSource: ModelSource = { name: 'https', remote: true, fetch: download };
