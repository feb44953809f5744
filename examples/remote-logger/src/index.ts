import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { remoteLogger } from './remote-logger.ts';

export { remoteLogger, type RemoteLoggerOptions } from './remote-logger.ts';

const plugin: Plugin = definePlugin({
  name: 'graft-plugin-remote-logger',
  apiVersion,
  requires: ['@graft/train'],
  contributes: [
    callback(
      configurable('remoteLogger', remoteLogger, [
        'url',
        'headers',
        'run',
        'everySteps',
        'timeout',
        'patience',
        'capacity',
      ]),
    ),
  ],
});
export default plugin;
