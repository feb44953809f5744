// @ts-check
// `node tools/nx/nx.mjs run-many -t build`: Nx without a daemon, a network or processes for its plugins, which takes half the time to start.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Runs Nx in this process, which ends with it. @param {string[]} args */
export function runNx(...args) {
  Object.assign(process.env, { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_ISOLATE_PLUGINS: 'false' });
  const require = createRequire(import.meta.url);
  const script = require.resolve('nx/bin/nx.js');
  process.argv = [process.execPath, script, ...args];
  require(script);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runNx(...process.argv.slice(2));
