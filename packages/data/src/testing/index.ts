export { describeTransform, type TransformChecks } from './describe-transform.ts';
