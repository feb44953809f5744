export { describeOptimizer, type OptimizerChecks } from './describe-optimizer.ts';
