export { describeModelSource, type ModelSourceChecks } from './describe-model-source.ts';
