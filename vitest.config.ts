import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// One project for the whole workspace: sources are transformed once, not once a package (10 times faster).
// `vitest run` runs everything, `vitest run packages/core/` one package: what `nx test @graft/core` does.
export default defineConfig({
  ssr: { resolve: { conditions: ['@graft/source', ...defaultServerConditions] } }, // workspace packages from their sources
  test: {
    include: ['{packages,apps,models,tools,plugins}/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts'],
    isolate: false, // test files share a worker's modules: no state in module globals
    reporters: ['default', './tools/ci/summary-reporter.mjs'],
  },
});
