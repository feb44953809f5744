export { describeLayer, type LayerChecks } from './describe-layer.ts';
