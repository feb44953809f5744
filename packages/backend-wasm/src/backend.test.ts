import { describeBackend } from '@graft/tensor/testing';
import { createWasmBackend } from './index.ts';

// The strict binary is held to the references in kernels/agreement.test.ts.
describeBackend(await createWasmBackend());
