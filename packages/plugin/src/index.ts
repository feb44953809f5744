export { App, createApp } from './app.ts';
export { brief } from './brief.ts';
export { checkOptionNames } from './check-option-names.ts';
export { checkPlugin } from './check-plugin.ts';
export { configurable } from './configurable.ts';
export type { OptionKind, OptionKindOf } from './option-kinds.ts';
export { contributionNames } from './contribution-names.ts';
export { checkCopies, noteCopy } from './copies.ts';
export {
  type Contribution,
  type ContributionOptions,
  type ExtensionPoint,
  extensionPoint,
  type Named,
} from './extension-point.ts';
export { type Context, Scope } from './scope.ts';
export { oneLine } from './one-line.ts';
export { showJson } from './show-json.ts';
export { type Service, service } from './service.ts';
export { blamed, pluginError } from './blame.ts';
export { asGraftError, GraftError, type GraftErrorDetails, reasonOf, withCode } from './graft-error.ts';
export { didYouMean, nearest } from './nearest.ts';
export { apiVersion, definePlugin, type Plugin } from './plugin.ts';
