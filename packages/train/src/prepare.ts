import type { Batch } from '@graft/data';
import type { Module } from '@graft/layers';
import { type AnyBackend, js, type Random, type Tensor, tensor } from '@graft/tensor';

/** Turns a batch of typed arrays into tensors on the model's backend. In training it gets random numbers of the step's own, else none. */
export type Prepare<B> = (batch: B, backend: AnyBackend, random?: Random) => { input: Tensor; target: Tensor };

/** For the standard batch: float32 inputs, int32 class indices. */
export const prepareBatch: Prepare<Batch> = ({ inputs, shape, labels }, backend) => ({
  input: tensor(inputs, { shape, backend }),
  target: tensor(labels, { backend }),
});

/** The backend a model's parameters are on; the host for one without any. */
export function backendOf(model: Module): AnyBackend {
  for (const [, { value }] of model.parameters()) return value.backend;
  return js;
}
