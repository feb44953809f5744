// @ts-check
// Runs the graft command from source, without a build: `node graft-from-source.mjs <args>`, in the workspace's root.
import { fileURLToPath } from 'node:url';
import { createServer, defaultServerConditions } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await createServer({
  root,
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  ssr: { resolve: { conditions: ['@graft/source', ...defaultServerConditions] } },
});
const { run } = await server.ssrLoadModule(`${root}apps/graft/src/program.ts`);
process.exitCode = await run(process.argv.slice(2));
await server.close();
