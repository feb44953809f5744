export { describePlugin, type PluginChecks } from './describe-plugin.ts';
