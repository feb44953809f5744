// @ts-check
// `npm run release -- --dry-run`: rehearses a release: updates versions from the changesets, publishes every package to a local registry, and runs projects
// that install from there, and checks licences and advisories. `npm run release`: the same, followed by the real release, from a clean main; versions must be updated in a separate commit before.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../build/build.mjs';
import { projects } from './projects.mjs';
import { provenance } from './provenance.mjs';
import { publishAll, startRegistry } from './registry.mjs';
import { pnpm, run } from './npm.mjs';
import { runProject } from './run-project.mjs';

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
try {
  if (!values['dry-run']) await readyToRelease();
  await rehearse();
  console.log((await run(process.execPath, ['tools/release/sbom.mjs'], root)).trim());
  if (!values['dry-run']) await publish();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
process.exit();

/** Rehearses versions, archives and installation in a clone of the last commit. */
async function rehearse() {
  const copy = mkdtempSync(join(tmpdir(), 'graft-release-'));
  const registry = await startRegistry();
  try {
    await run('git', ['clone', '--quiet', '--no-hardlinks', root, copy], root);
    await pnpm(['install', '--frozen-lockfile', '--prefer-offline'], copy);
    for (const check of ['advisories', 'licences'])
      console.log((await run(process.execPath, [`tools/release/${check}.mjs`], copy)).trim().split('\n').at(-1));
    const kernels = join(root, 'packages/backend-wasm/dist'); // compiled from the same sources, according to their stamp
    if (existsSync(kernels))
      cpSync(kernels, join(copy, 'packages/backend-wasm/dist'), {
        recursive: true,
        filter: (path) => !/\.(js|d\.ts|map|tsbuildinfo)$/.test(path),
      });
    const pending = readdirSync(join(copy, '.changeset')).filter(
      (file) => file.endsWith('.md') && file !== 'README.md',
    ).length;
    if (pending) await run(process.execPath, [join(copy, 'node_modules/@changesets/cli/bin.js'), 'version'], copy);
    await run(process.execPath, ['tools/nx/nx.mjs', 'run-many', '-t', 'build'], copy);
    const published = await publishAll(registry, copy);
    console.log(`${pending} changesets; ${published.length} packages would be published:\n  ${published.join('\n  ')}`);
    for (const project of projects.filter(({ browser, guide }) => !browser && !guide))
      console.log(`installed and ran: ${project.name}: ${await runProject(registry, project)}`);
    const { version } = JSON.parse(readFileSync(join(copy, 'packages/tensor/package.json'), 'utf8'));
    if (!published.includes(`@graft/tensor@${version}`)) throw new Error(`@graft/tensor ${version} was not published.`);
  } finally {
    registry.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** @throws if a release is not possible from here */
async function readyToRelease() {
  const branch = (await run('git', ['branch', '--show-current'], root)).trim();
  if (branch !== 'main') throw new Error(`Releases are made from main, but this is "${branch}".`);
  if ((await run('git', ['status', '--porcelain'], root)).trim())
    throw new Error('Releases need a clean working tree: commit or stash your changes.');
  const pending = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md');
  if (pending.length)
    throw new Error(
      `There are ${pending.length} pending changesets. Run npx changeset version, commit, and release again.`,
    );
}

/** Publishes all packages that the registry does not have yet, with provenance if the CI supports it. */
async function publish() {
  const { possible, said } = provenance(process.env);
  console.log(said);
  // The environment of the commands that publish has no variables of npm, so it is passed.
  const environment = possible ? { NPM_CONFIG_PROVENANCE: 'true' } : {};
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(
    await run(
      'npm',
      ['exec', '--yes', `--package=${packageManager}`, '--', 'node', 'node_modules/@changesets/cli/bin.js', 'publish'],
      root,
      environment,
    ),
  );
}
