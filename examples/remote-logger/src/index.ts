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
      configurable('remoteLogger', remoteLogger, {
        url: 'string',
        dialect: 'string',
        project: 'string',
        headers: 'any',
        run: 'string',
        everySteps: 'integer',
        timeout: 'number',
        patience: 'number',
        capacity: 'integer',
      }),
    ),
  ],
});
export default plugin;
