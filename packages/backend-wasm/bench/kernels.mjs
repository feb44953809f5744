// Compares the kernels with the peak of one thread on this machine, after a build:
// `node packages/backend-wasm/bench/kernels.mjs [part of a name] [--threads 1,2] [--strict]`, or import { figures } to use the rows elsewhere.
// With several numbers of threads, they take turns row by row, and the last column is the speed of the last relative to the first.
// Every row is the best of several runs: the machine may be shared.
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createWasmBackend } from '@graft/backend-wasm';

const batch = 16;
/** Channels, size, filters, kernel, stride: typical of networks. */
const convolutions = [
  [64, 56, 64, 3, 1],
  [128, 28, 128, 3, 1],
  [256, 14, 256, 3, 1],
  [512, 7, 512, 3, 1],
  [96, 28, 576, 1, 1],
  [3, 224, 32, 3, 2],
  [128, 28, 256, 3, 2],
];
const depthwise = [
  [192, 28, 3, 1],
  [192, 28, 3, 2],
  [192, 28, 5, 1],
  [192, 28, 5, 2],
  [960, 7, 3, 1],
];
const products = [
  [512, 512, 512],
  [1024, 1024, 1024],
  [16, 1000, 1280],
  [1, 1000, 1280],
  [197 * 16, 768, 768],
];
const elementwise = ['add', 'relu', 'exp', 'tanh', 'gelu', 'hardSwish'];

/**
 * @param {{ only?: string, runs?: number, relaxed?: boolean, threads?: number }} [options]
 * @returns {AsyncGenerator<{ name: string, milliseconds: number, rate: number, unit: 'GFLOP/s' | 'GB/s', share?: number }>} share: of the peak, with relaxed SIMD only
 */
export async function* figures({ only = '', runs = 12, relaxed = true, threads = 1 } = {}) {
  const backend = await started(threads, { relaxed, threads });
  const direct = await started(threads, { relaxed, threads, winograd: false });
  const peak = backend.measurePeak() / 1e9;
  if (backend.variant === 'relaxed') yield { name: 'peak', milliseconds: 0, rate: peak, unit: 'GFLOP/s', share: 1 };

  const best = (run) => {
    for (let i = 0; i < 4; i++) run();
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      run();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const row = (name, unit, work, on, op, shapes, attrs, outShape) => {
    if (!name.includes(only)) return [];
    const operand = (shape) => {
      const spec = { shape, dtype: 'float32' };
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.random() - 0.5);
      return { ...spec, data: on.write(values, spec) };
    };
    const inputs = shapes.map(operand);
    const out = { shape: outShape, dtype: 'float32' };
    const milliseconds = best(() => on.release(on.kernels.get(op)(inputs, attrs, out)));
    for (const { data } of inputs) on.release(data);
    const rate = work / milliseconds / 1e6;
    return [
      {
        name,
        milliseconds,
        rate,
        unit,
        ...(unit === 'GFLOP/s' && backend.variant === 'relaxed' && { share: rate / peak }),
      },
    ];
  };

  for (const [m, n, k] of products)
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
    ])
      yield* row(
        `matmul ${m}×${k} · ${k}×${n}${transposeA ? ' Aᵀ' : ''}${transposeB ? ' Bᵀ' : ''}`,
        'GFLOP/s',
        2 * m * n * k,
        backend,
        'matmul',
        [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]],
        { transposeA, transposeB },
        [m, n],
      );

  const three = function* (label, on, x, w, y, attrs, work) {
    yield* row(`conv2d ${label}`, 'GFLOP/s', work, on, 'conv2d', [x, w], attrs, y);
    yield* row(
      `conv2dInputGrad ${label}`,
      'GFLOP/s',
      work,
      on,
      'conv2dInputGrad',
      [y, w],
      { ...attrs, inputShape: x },
      x,
    );
    yield* row(
      `conv2dWeightGrad ${label}`,
      'GFLOP/s',
      work,
      on,
      'conv2dWeightGrad',
      [x, y],
      { ...attrs, kernelShape: w },
      w,
    );
  };
  const attrsOf = (kernel, stride, groups) => ({
    stride: [stride, stride],
    padding: Array(4).fill(kernel >> 1),
    dilation: [1, 1],
    groups,
  });
  for (const [c, size, k, kernel, stride] of convolutions) {
    const out = Math.ceil(size / stride);
    const [x, w, y] = [
      [batch, c, size, size],
      [k, c, kernel, kernel],
      [batch, k, out, out],
    ];
    const work = 2 * batch * k * out * out * c * kernel * kernel;
    const label = `${c}→${k} ${size}² ${kernel}×${kernel}${stride > 1 ? ` s${stride}` : ''}`;
    if (kernel === 3 && stride === 1)
      yield* three(`${label} Winograd`, backend, x, w, y, attrsOf(kernel, stride, 1), work);
    yield* three(label, direct, x, w, y, attrsOf(kernel, stride, 1), work);
  }
  for (const [c, size, kernel, stride] of depthwise) {
    const out = Math.ceil(size / stride);
    const [x, w, y] = [
      [batch, c, size, size],
      [c, 1, kernel, kernel],
      [batch, c, out, out],
    ];
    yield* three(
      `depthwise ${c} ${size}² ${kernel}×${kernel}${stride > 1 ? ` s${stride}` : ''}`,
      backend,
      x,
      w,
      y,
      attrsOf(kernel, stride, c),
      2 * batch * c * out * out * kernel * kernel,
    );
  }
  const shape = [batch, 64, 56, 56];
  const bytes = batch * 64 * 56 * 56 * 4;
  for (const op of elementwise) {
    const count = op === 'add' ? 2 : 1;
    yield* row(
      `${op} of ${shape}`,
      'GB/s',
      (count + 1) * bytes,
      backend,
      op,
      Array(count).fill(shape),
      undefined,
      shape,
    );
  }
  const channels = [64];
  yield* row(`moments of ${shape}`, 'GB/s', bytes, backend, 'moments', [shape], undefined, [2, 64]);
  yield* row(
    `batchNorm of ${shape}`,
    'GB/s',
    2 * bytes,
    backend,
    'batchNorm',
    [shape, channels, channels, [2, 64]],
    { epsilon: 1, training: true },
    shape,
  );
  yield* row(
    `sum of ${shape} over 0, 2, 3`,
    'GB/s',
    bytes,
    backend,
    'sum',
    [shape],
    { axes: [0, 2, 3], keepDims: false },
    channels,
  );
  const pool = {
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    ceilMode: false,
    countIncludePad: true,
  };
  yield* row(`maxPool2d 3×3 s2 of ${shape}`, 'GB/s', 1.25 * bytes, backend, 'maxPool2d', [shape], pool, [
    batch,
    64,
    28,
    28,
  ]);
}

/** Workers start asynchronously. */
async function started(threads, options) {
  const backend = await createWasmBackend(options);
  while (backend.threads < threads) await new Promise((resolve) => setTimeout(resolve, 5));
  return backend;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { threads: { type: 'string', default: '1' }, strict: { type: 'boolean', default: false } },
  });
  const counts = values.threads.split(',').map(Number);
  const runs = counts.map((threads) => figures({ only: positionals[0], relaxed: !values.strict, threads }));
  console.log(' '.repeat(52), ...counts.map((threads) => `${threads} thread${threads > 1 ? 's' : ''}`.padEnd(36)));
  while (true) {
    const rows = [];
    for (const run of runs) rows.push(await run.next());
    if (rows.some(({ done }) => done)) break;
    const cells = rows.map(
      ({ value: { milliseconds, rate, unit, share } }) =>
        (milliseconds ? `${milliseconds.toFixed(2).padStart(9)} ms` : ' '.repeat(12)) +
        ` ${rate.toFixed(1).padStart(7)} ${unit.padEnd(7)} ${share ? `${(100 * share).toFixed(0).padStart(4)} %` : '      '}`,
    );
    const [first, last] = [rows[0].value, rows.at(-1).value];
    console.log(
      first.name.padEnd(52),
      ...cells,
      counts.length > 1 && first.milliseconds ? (first.milliseconds / last.milliseconds).toFixed(2) : '',
    );
  }
}
