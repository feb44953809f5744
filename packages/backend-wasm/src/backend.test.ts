import { describeBackend } from '@graft/tensor/testing';
import { createWasmBackend } from './index.ts';

describeBackend(await createWasmBackend());
describeBackend(await createWasmBackend({ name: 'wasm-strict', relaxed: false }));
