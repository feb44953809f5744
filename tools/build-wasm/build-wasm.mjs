// Compiles packages/backend-wasm/assembly into dist/kernels.strict.wasm and dist/kernels.relaxed.wasm: one source, with and
// without relaxed SIMD. Does nothing if the sources, the flags and the compiler have not changed.
// `node tools/build-wasm/build-wasm.mjs`, or `import { buildWasm }`.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = fileURLToPath(new URL('../../packages/backend-wasm/', import.meta.url));
const sources = join(project, 'assembly');
const output = join(project, 'dist');
const stamp = join(output, 'kernels.stamp');
const compiler = createRequire(import.meta.url).resolve('assemblyscript/package.json');

const flags = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--importMemory',
  '--sharedMemory',
  '--initialMemory',
  '16',
  '--maximumMemory',
  '65536', // 4 GiB, the limit of 32-bit addresses
  '--memoryBase',
  '65536', // constants are between 64 KiB and the heap
  '--enable',
  'simd',
  '--enable',
  'threads',
];
const variants = { strict: [], relaxed: ['--enable', 'relaxed-simd'] };

/** Compiles what has changed, and reports it in one line. */
export async function buildWasm() {
  const started = performance.now();
  const digest = digestOfSources();
  const files = Object.keys(variants).map((name) => join(output, `kernels.${name}.wasm`));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest && files.every(existsSync)) return;
  mkdirSync(output, { recursive: true });
  await Promise.all(Object.entries(variants).map(([name, extra]) => compile(name, extra)));
  writeFileSync(stamp, digest);
  const sizes = files.map((file) => `${Math.round(statSync(file).size / 1024)} KiB`).join(' and ');
  console.log(`WebAssembly kernels built in ${((performance.now() - started) / 1000).toFixed(1)} s: ${sizes}.`);
}

function digestOfSources() {
  const hash = createHash('sha256').update(
    JSON.stringify([flags, variants, JSON.parse(readFileSync(compiler, 'utf8')).version]),
  );
  const files = readdirSync(sources, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts'))
    .sort();
  for (const file of files) hash.update(file.replaceAll('\\', '/')).update(readFileSync(join(sources, file)));
  return hash.digest('hex');
}

/** Writes a temporary file and renames it, so interrupted or concurrent runs never leave a partial file. */
function compile(name, extra) {
  const aside = `dist/.kernels.${name}.${process.pid}.wasm`;
  const asc = join(compiler, '../bin/asc.js');
  const { promise, resolve, reject } = withResolvers();
  const child = spawn(process.execPath, [asc, 'assembly/index.ts', ...flags, ...extra, '-o', aside], { cwd: project });
  let messages = '';
  child.stdout.on('data', (text) => (messages += text));
  child.stderr.on('data', (text) => (messages += text));
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) {
      renameSync(join(project, aside), join(output, `kernels.${name}.wasm`));
      return resolve();
    }
    rmSync(join(project, aside), { force: true });
    reject(new Error(`The AssemblyScript compiler rejected packages/backend-wasm/assembly (${name}):\n${messages}`));
  });
  return promise;
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers() {
  let resolve, reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildWasm();
