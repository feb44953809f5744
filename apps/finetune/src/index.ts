export { defineConfig } from './run/read-config.ts';
export type { Configured, RunOptions } from './run/run-options.ts';
