import type { Address } from '../blas.ts';
import type { Foreign, ForeignLibrary } from './foreign.ts';
import { CONVOLUTION_DIRECT, describe, ELEMENTWISE, FORWARD } from './one-dnn-values.ts';
import type { Abi, Handle } from './load-one-dnn.ts';

/** The binary interface of oneDNN 3: opaque handles, and primitive descriptors in one call. */
export function version3(library: ForeignLibrary): Abi {
  const [byTag, byStrides, free, forward, inputGrad, weightGrad, append] = [
    'int dnnl_memory_desc_create_with_tag(_Out_ void **out, int rank, void *dims, int type, int tag)',
    'int dnnl_memory_desc_create_with_strides(_Out_ void **out, int rank, void *dims, int type, void *strides)',
    'int dnnl_memory_desc_destroy(void *description)',
    'int dnnl_convolution_forward_primitive_desc_create(_Out_ void **out, void *engine, int pass, int algorithm, void *x, void *w, void *bias, void *y, void *strides, void *dilates, void *before, void *after, void *attr)',
    'int dnnl_convolution_backward_data_primitive_desc_create(_Out_ void **out, void *engine, int algorithm, void *x, void *w, void *y, void *strides, void *dilates, void *before, void *after, void *hint, void *attr)',
    'int dnnl_convolution_backward_weights_primitive_desc_create(_Out_ void **out, void *engine, int algorithm, void *x, void *w, void *bias, void *y, void *strides, void *dilates, void *before, void *after, void *hint, void *attr)',
    'int dnnl_post_ops_append_eltwise(void *postOps, int algorithm, float alpha, float beta)',
  ].map((declaration) => library.func(declaration)) as [Foreign, Foreign, Foreign, Foreign, Foreign, Foreign, Foreign];
  return {
    describe(dims, layout): Handle {
      const out = [null] as unknown as [Address];
      describe([byStrides, byTag], out, dims, layout);
      return out[0];
    },
    freeDescription: (handle) => void free(handle),
    convolution(kind, { x, w, y, bias = null }, { strides, dilates, before, after }, { engine, attr, hint }) {
      const out = [null] as unknown as [Address];
      const steps = [strides, dilates, before, after];
      const code =
        kind === 'forward'
          ? forward(out, engine, FORWARD, CONVOLUTION_DIRECT, x, w, bias, y, ...steps, attr)
          : kind === 'inputGrad'
            ? inputGrad(out, engine, CONVOLUTION_DIRECT, x, w, y, ...steps, hint, attr)
            : weightGrad(out, engine, CONVOLUTION_DIRECT, x, w, null, y, ...steps, hint, attr);
      return code === 0 ? out[0] : undefined;
    },
    appendClip: (postOps, min, max) => append(postOps, ELEMENTWISE.clip3, min, max) as number,
  };
}
