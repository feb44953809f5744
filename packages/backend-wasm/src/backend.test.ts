import { describeBackend } from '@graft/tensor/testing';
import { createWasmBackend } from './index.ts';

// With several threads, the smallest work is shared, too. kernels/agreement.test.ts holds all to the same bits.
describeBackend(await createWasmBackend({ threads: 1 }));
describeBackend(await createWasmBackend({ threads: 2, leastWork: 0, name: 'wasm, 2 threads' }));
describeBackend(await createWasmBackend({ threads: 3, leastWork: 0, relaxed: false, name: 'wasm, strict, 3 threads' }));
