import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// One project for the whole workspace: sources are transformed once, not once a package (10 times faster).
// `vitest run` runs everything, `vitest run packages/tensor/` one package: what `nx test @graft/tensor` does.
export default defineConfig({
  ssr: { resolve: { conditions: ['@graft/source', ...defaultServerConditions] } }, // workspace packages from their sources
  test: {
    include: ['{packages,apps,models,examples}/*/{src,test}/**/*.test.ts', 'tools/*/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: './tools/build/vitest-setup.mjs', // the wasm binaries, where they are stale
    maxWorkers: '100%', // vitest would leave a core to itself: half of two
    testTimeout: 30_000, // most end in milliseconds; on a machine with other work a few take seconds
    isolate: false, // test files share a worker's modules: no state in module globals
    reporters: ['default', './tools/ci/summary-reporter.mjs'],
  },
});
