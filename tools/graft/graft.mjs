// @ts-check
// `npm run graft -- <args>`: the graft command from this clone, built if stale, in the caller's folder.
import { spawn } from 'node:child_process';
import { build, node, root } from '../build/build.mjs';

try {
  node(`${root}tools/bootstrap/bootstrap.mjs`);
  build();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exit(1);
}
const child = spawn(process.execPath, [`${root}apps/finetune/dist/main.js`, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(), // npm runs scripts in the workspace's root
  stdio: 'inherit',
});
// The terminal sends Ctrl+C to both; the command decides how to end.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
