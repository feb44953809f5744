// @ts-check
// `npm run kernel`: compiles swish.ts and writes the result as text to src/kernel.ts, which bundlers handle like any other code.
import asc from 'assemblyscript/asc';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Compiles the WebAssembly module. @throws if it does not compile */
export async function compileKernel() {
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error } = await asc.main(
    [
      'swish.ts',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '16',
      '--maximumMemory',
      '65536',
      '--memoryBase',
      '98304',
      '--enable',
      'simd',
      '--enable',
      'threads',
      '--outFile',
      'swish.wasm',
      '--baseDir',
      folder,
    ],
    { writeFile: (name, contents) => void (name.endsWith('.wasm') && (binary = /** @type {Uint8Array} */ (contents))) },
  );
  if (error || !binary) throw new Error(`swish.ts does not compile: ${error?.message ?? 'no binary was produced'}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = Buffer.from(await compileKernel()).toString('base64');
  writeFileSync(
    fileURLToPath(new URL('../src/kernel.ts', import.meta.url)),
    `/** assembly/swish.ts, compiled by \`npm run kernel\`. */\nexport const kernel = '${text}';\n`,
  );
}
