// @ts-check
// Installs, checks and runs one project outside the workspace.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inBrowser } from './in-browser.mjs';
import { root } from '../build/build.mjs';
import { npm, run } from './registry.mjs';
import { runGuide } from './run-guide.mjs';

/**
 * Installs a project from a registry and runs it.
 * @param {import('./registry.mjs').Registry} registry @param {import('./projects.mjs').Project} project
 * @returns {Promise<string>} a summary @throws an error with the problem
 */
export async function runProject(registry, { name, install, packages, without = [], browser, guide }) {
  const folder = join(registry.folder, 'projects', name);
  mkdirSync(folder, { recursive: true });
  if (guide) {
    cpSync(join(registry.folder, '.npmrc'), join(folder, '.npmrc'));
    return runGuide(join(root, 'docs', guide), folder);
  }
  cpSync(fileURLToPath(new URL(`projects/${name}`, import.meta.url)), folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: `project-${name}`, private: true, type: 'module' }),
  );
  cpSync(join(registry.folder, '.npmrc'), join(folder, '.npmrc'));
  await npm(['install', '--no-package-lock', ...install], folder);

  const modules = join(folder, 'node_modules');
  const came = readdirSync(join(modules, '@graft')).sort();
  if (came.join() !== packages.join())
    throw new Error(
      `Installing ${install.join(', ')} installs ${came.join(', ')}, but should install ${packages.join(', ')}.`,
    );
  for (const other of without)
    if (existsSync(join(modules, other)))
      throw new Error(`Installing ${install.join(', ')} installs ${other}, which it should not need.`);
  await importAll(folder, came);
  const others = readdirSync(modules).filter((entry) => !entry.startsWith('.') && entry !== '@graft').length;
  const size = browser ? await inBrowser(folder) : (await run(process.execPath, ['index.mjs'], folder), '');
  return `${came.length} of ours, ${others} others${size && `; ${size}`}`;
}

/** Imports every entry point from outside. Kits need vitest, which is not installed. @param {string} folder @param {string[]} packages */
async function importAll(folder, packages) {
  const imports = packages.flatMap((name) => {
    const { exports = {} } = JSON.parse(
      readFileSync(join(folder, 'node_modules/@graft', name, 'package.json'), 'utf8'),
    );
    return Object.keys(exports)
      .filter((entry) => !entry.endsWith('/testing') && !entry.includes('json') && !entry.includes('*'))
      .map((entry) => `@graft/${name}${entry.slice(1)}`);
  });
  writeFileSync(join(folder, 'imports.mjs'), imports.map((entry) => `await import('${entry}');\n`).join(''));
  await run(process.execPath, ['imports.mjs'], folder);
}
