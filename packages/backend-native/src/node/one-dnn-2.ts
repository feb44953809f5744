import type { Address } from '../blas.ts';
import type { Foreign, ForeignLibrary } from './foreign.ts';
import { CONVOLUTION_DIRECT, describe, ELEMENTWISE, FORWARD } from './one-dnn-values.ts';
import type { Abi, Handle } from './load-one-dnn.ts';

/** Bytes that structures fit into: dnnl_memory_desc_t and dnnl_convolution_desc_t, which holds six of them. */
const [DESCRIPTION, OPERATION] = [2048, 16384];

/** The binary interface of oneDNN 2: structures in the caller's memory, and an operation before its primitive descriptor. */
export function version2(library: ForeignLibrary): Abi {
  const [byTag, byStrides, forward, inputGrad, weightGrad, create, append] = [
    'int dnnl_memory_desc_init_by_tag(void *out, int rank, void *dims, int type, int tag)',
    'int dnnl_memory_desc_init_by_strides(void *out, int rank, void *dims, int type, void *strides)',
    'int dnnl_dilated_convolution_forward_desc_init(void *out, int pass, int algorithm, void *x, void *w, void *bias, void *y, void *strides, void *dilates, void *before, void *after)',
    'int dnnl_dilated_convolution_backward_data_desc_init(void *out, int algorithm, void *x, void *w, void *y, void *strides, void *dilates, void *before, void *after)',
    'int dnnl_dilated_convolution_backward_weights_desc_init(void *out, int algorithm, void *x, void *w, void *bias, void *y, void *strides, void *dilates, void *before, void *after)',
    'int dnnl_primitive_desc_create(_Out_ void **out, void *operation, void *attr, void *engine, void *hint)',
    'int dnnl_post_ops_append_eltwise(void *postOps, float scale, int algorithm, float alpha, float beta)',
  ].map((declaration) => library.func(declaration)) as [Foreign, Foreign, Foreign, Foreign, Foreign, Foreign, Foreign];
  return {
    describe(dims, layout): Handle {
      const out = new Uint8Array(DESCRIPTION);
      describe([byStrides, byTag], out, dims, layout);
      return out;
    },
    freeDescription: () => undefined,
    convolution(kind, { x, w, y, bias = null }, { strides, dilates, before, after }, { engine, attr, hint }) {
      const operation = new Uint8Array(OPERATION);
      const steps = [strides, dilates, before, after];
      const code =
        kind === 'forward'
          ? forward(operation, FORWARD, CONVOLUTION_DIRECT, x, w, bias, y, ...steps)
          : kind === 'inputGrad'
            ? inputGrad(operation, CONVOLUTION_DIRECT, x, w, y, ...steps)
            : weightGrad(operation, CONVOLUTION_DIRECT, x, w, null, y, ...steps);
      const out = [null] as unknown as [Address];
      return code === 0 && create(out, operation, attr, engine, hint) === 0 ? out[0] : undefined;
    },
    appendClip: (postOps, min, max) => append(postOps, 1, ELEMENTWISE.clip2, min, max) as number,
  };
}
