import { DLOPEN, RTLD_NOW } from './foreign.ts';

/**
 * The code of the self-test: plain JavaScript in a string, so it starts the same way from source, from dist and from a bundle.
 * Arguments: the path of koffi, the kind of library, its file. It computes a product or a convolution, compares it with loops, and prints `passed`.
 */
export const selfTestSource = `
const [koffiPath, kind, path] = process.argv.slice(1);
const koffi = require(koffiPath);
const library = koffi.load(path);
if (process.platform !== 'win32') koffi.load(null).func(${JSON.stringify(DLOPEN)})(path, ${RTLD_NOW});
const at = (array) => koffi.address(array);
const numbers = (count, step) => Float32Array.from({ length: count }, (_, i) => ((i * step) % 13) - 6);
const expectClose = (got, wanted) => {
  for (let i = 0; i < wanted.length; i++)
    if (!(Math.abs(got[i] - wanted[i]) <= 1e-3)) { console.log('wrong numbers'); process.exit(1); }
};
if (kind === 'blas') {
  const [m, n, k] = [33, 40, 27], a = numbers(m * k, 7), b = numbers(k * n, 5), c = new Float32Array(m * n), wanted = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) for (let p = 0; p < k; p++) wanted[i * n + j] += a[p * m + i] * b[p * n + j];
  library.func('void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, void *a, int lda, void *b, int ldb, float beta, void *c, int ldc)')(
    101, 112, 111, m, n, k, 1, at(a), m, at(b), n, 0, at(c), n);
  expectClose(c, wanted);
} else {
  const call = (declaration, ...args) => { const status = library.func(declaration)(...args); if (status !== 0) { console.log(declaration.split('(')[0] + ' reports status ' + status); process.exit(1); } };
  const make = (declaration, ...args) => { const out = [null]; call(declaration, out, ...args); return out[0]; };
  const longs = (...values) => BigInt64Array.from(values, BigInt);
  const major = koffi.decode(library.func('void *dnnl_version()')(), 'int32_t', 1)[0];
  const engine = make('int dnnl_engine_create(_Out_ void **e, int kind, size_t i)', 1, 0);
  const stream = make('int dnnl_stream_create(_Out_ void **s, void *e, uint flags)', engine, 1);
  const [c, k, size] = [3, 5, 6];
  const x = numbers(c * size * size, 7), w = numbers(k * c * 9, 5), y = new Float32Array(k * size * size), wanted = new Float64Array(y.length);
  for (let o = 0; o < k; o++) for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) for (let q = 0; q < c; q++) for (let r = 0; r < 3; r++) for (let s = 0; s < 3; s++) {
    const [row, column] = [i + r - 1, j + s - 1];
    if (row >= 0 && row < size && column >= 0 && column < size) wanted[(o * size + i) * size + j] += x[(q * size + row) * size + column] * w[((o * c + q) * 3 + r) * 3 + s];
  }
  const describe = (...dims) => {
    const strides = dims.map((_, i) => dims.slice(i + 1).reduce((a, b) => a * b, 1));
    if (major !== 2) return make('int dnnl_memory_desc_create_with_strides(_Out_ void **out, int rank, void *dims, int type, void *strides)', 4, longs(...dims), 3, longs(...strides));
    const out = new Uint8Array(2048);
    call('int dnnl_memory_desc_init_by_strides(void *out, int rank, void *dims, int type, void *strides)', out, 4, longs(...dims), 3, longs(...strides));
    return out;
  };
  const [dx, dw, dy] = [describe(1, c, size, size), describe(k, c, 3, 3), describe(1, k, size, size)];
  const steps = [longs(1, 1), longs(0, 0), longs(1, 1), longs(1, 1)];
  let descriptor;
  if (major === 2) {
    const operation = new Uint8Array(16384);
    call('int dnnl_dilated_convolution_forward_desc_init(void *out, int pass, int algorithm, void *x, void *w, void *bias, void *y, void *strides, void *dilates, void *before, void *after)', operation, 64, 1, dx, dw, null, dy, ...steps);
    descriptor = make('int dnnl_primitive_desc_create(_Out_ void **out, void *operation, void *attr, void *engine, void *hint)', operation, null, engine, null);
  } else descriptor = make('int dnnl_convolution_forward_primitive_desc_create(_Out_ void **out, void *engine, int pass, int algorithm, void *x, void *w, void *bias, void *y, void *strides, void *dilates, void *before, void *after, void *attr)', engine, 64, 1, dx, dw, null, dy, ...steps, null);
  const primitive = make('int dnnl_primitive_create(_Out_ void **p, void *descriptor)', descriptor);
  const memory = (description, data) => make('int dnnl_memory_create(_Out_ void **m, void *description, void *engine, void *handle)', description, engine, at(data));
  const list = new DataView(new ArrayBuffer(48));
  [[1, memory(dx, x)], [33, memory(dw, w)], [17, memory(dy, y)]].forEach(([argument, handle], i) => { list.setInt32(i * 16, argument, true); list.setBigUint64(i * 16 + 8, handle, true); });
  call('int dnnl_primitive_execute(void *p, void *s, int count, void *args)', primitive, stream, 3, new Uint8Array(list.buffer));
  call('int dnnl_stream_wait(void *s)', stream);
  expectClose(y, wanted);
}
console.log('passed');
`;
