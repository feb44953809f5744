export { type CallbackChecks, describeCallback } from './describe-callback.ts';
