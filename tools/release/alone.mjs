// @ts-check
// `npm run alone -- [--only name]`: publishes every package to a local registry, and uses them from projects outside the workspace.
import { parseArgs } from 'node:util';
import { projects } from './projects.mjs';
import { isConnected, publishAll, startRegistry } from './registry.mjs';
import { runProject } from './run-project.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = projects.filter(({ name }) => !values.only || name === values.only);
if (!chosen.length) {
  console.error(`There is no project "${values.only}". Available: ${projects.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}
const registry = await startRegistry();
let failed = 0;
try {
  if (!(await isConnected(registry))) {
    console.log('NOT RUN: the registry configured for npm is not reachable, but third-party packages come from there.');
    process.exit();
  }
  console.log(`published ${(await publishAll(registry)).length} packages`);
  const waiting = [...chosen];
  const runAll = async () => {
    const project = waiting.shift();
    if (!project) return;
    const start = performance.now();
    const { ok, text } = await runProject(registry, project).then(
      (said) => ({ ok: true, text: said }),
      (error) => ({ ok: false, text: error.message }),
    );
    if (!ok) failed++;
    console.log(
      `${ok ? 'passed' : 'FAILED'}  ${project.name} (${((performance.now() - start) / 1000).toFixed(1)} s): ${text}`,
    );
    return runAll();
  };
  await Promise.all([runAll(), runAll()]); // npm and the registry use less than one core
} catch (error) {
  failed++;
  console.error(/** @type {Error} */ (error).message);
} finally {
  registry.close();
}
process.exit(failed ? 1 : 0);
