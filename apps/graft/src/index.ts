export { command, type CommandTools, type GraftCommand } from './command.ts';
export { type PluginOptions, withApp } from './open-app.ts';
export { withRun } from './with-run.ts';
export { run } from './program.ts';
export type { Reporter } from './reporter.ts';
export { defineConfig } from '@graft/finetune/node';
export type { Configured, RunOptions } from '@graft/finetune';
