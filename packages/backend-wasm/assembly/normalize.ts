// Batch normalisation of [N, C, P] by channel, and layer normalisation of rows. Sums within a plane are in float32 lanes, across planes in float64, always in the
// same order. Planes are visited in memory order: with channels outside, every plane would start a new stream for the prefetcher.
import { fma, floats, splat, storeLanes, sumLanes64 } from "./simd";
import { resetScratch, scratch, tile } from "./scratch";

/** Adds Σ(v − first) and Σ(v − first)² of n floats to two f64 at `out`: shifted, so nothing cancels when |mean| ≫ deviation. */
function addMoments(p: usize, n: i32, first: f32, out: usize): void {
  const shift = splat(first), end = p + floats(n);
  let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
  for (; p + 64 <= end; p += 64) {
    const a = f32x4.sub(v128.load(p), shift), b = f32x4.sub(v128.load(p, 16), shift);
    const c = f32x4.sub(v128.load(p, 32), shift), d = f32x4.sub(v128.load(p, 48), shift);
    s0 = f32x4.add(s0, a); s1 = f32x4.add(s1, b); s2 = f32x4.add(s2, c); s3 = f32x4.add(s3, d);
    q0 = fma(a, a, q0); q1 = fma(b, b, q1); q2 = fma(c, c, q2); q3 = fma(d, d, q3);
  }
  let sum = sumLanes64(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  let squares = sumLanes64(f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3)));
  for (; p < end; p += 4) { const v = <f64>(load<f32>(p) - first); sum += v; squares += v * v; }
  store<f64>(out, load<f64>(out) + sum);
  store<f64>(out, load<f64>(out, 8) + squares, 8);
}

/** out[2, C] = mean and biased variance of each channel. Units are channels. */
export function moments(x: usize, out: usize, N: i32, C: i32, P: i32, from: i32, to: i32): void {
  resetScratch();
  const sums = scratch(<usize>C << 4);
  memory.fill(sums, 0, <usize>C << 4);
  for (let n = 0; n < N; n++) {
    let p = x + floats((n * C + from) * P);
    for (let c = from; c < to; c++, p += floats(P)) addMoments(p, P, load<f32>(x + floats(c * P)), sums + (<usize>c << 4));
  }
  const count = <f64>N * P;
  for (let c = from; c < to; c++) {
    const s = sums + (<usize>c << 4), mean = load<f64>(s) / count, variance = load<f64>(s, 8) / count - mean * mean;
    store<f32>(out + floats(c), <f32>(mean + load<f32>(x + floats(c * P))));
    store<f32>(out + floats(C + c), <f32>(variance < 0 ? 0 : variance));
  }
}

/** out[n] = fma(x − shift, scale, offset): the vector of each channel where P is 1, else one value a plane. */
// @ts-ignore: decorator
@inline function affine(x: usize, y: usize, n: i32, shift: f32, scale: f32, offset: f32): void {
  const s = splat(shift), k = splat(scale), b = splat(offset), end = y + floats(n & ~3);
  for (; y < end; x += 16, y += 16) v128.store(y, fma(f32x4.sub(v128.load(x), s), k, b));
  if (n & 3) storeLanes(y, fma(f32x4.sub(v128.load(x), s), k, b), n & 3);
}

// @ts-ignore: decorator
@inline function inverse(moments: usize, C: i32, c: i32, epsilon: f32): f64 { return 1 / Math.sqrt(<f64>load<f32>(moments + floats(C + c)) + epsilon); }

/** y = (x − mean) / √(variance + epsilon) · weight + bias. Units are planes, or whole images where P is 1. */
export function batchNorm(x: usize, weight: usize, bias: usize, moments: usize, y: usize, C: i32, P: i32, epsilon: f32, from: i32, to: i32): void {
  resetScratch();
  const scale = scratch(floats(C));
  for (let c = 0; c < C; c++) store<f32>(scale + floats(c), <f32>(load<f32>(weight + floats(c)) * inverse(moments, C, c, epsilon)));
  if (P == 1) {
    x += floats(from * C); y += floats(from * C);
    for (let n = from; n < to; n++) for (let c = 0; c < C; c += 4, x += 16, y += 16) {
      const o = floats(c), v = fma(f32x4.sub(v128.load(x), v128.load(moments + o)), v128.load(scale + o), v128.load(bias + o));
      if (c + 4 <= C) v128.store(y, v);
      else { storeLanes(y, v, C - c); x -= floats(c + 4 - C); y -= floats(c + 4 - C); }
    }
    return;
  }
  x += floats(from * P); y += floats(from * P);
  for (let i = from, c = from % C; i < to; i++, c = c + 1 == C ? 0 : c + 1, x += floats(P), y += floats(P))
    affine(x, y, P, load<f32>(moments + floats(c)), load<f32>(scale + floats(c)), load<f32>(bias + floats(c)));
}

/** Adds Σ g · (x − mean) and Σ g of n floats to two f64 at `out`. */
function addProducts(g: usize, x: usize, n: i32, mean: f32, out: usize): void {
  const shift = splat(mean), end = g + floats(n);
  let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
  for (; g + 64 <= end; g += 64, x += 64) {
    let a = v128.load(g);
    s0 = f32x4.add(s0, a); q0 = fma(a, f32x4.sub(v128.load(x), shift), q0);
    a = v128.load(g, 16);
    s1 = f32x4.add(s1, a); q1 = fma(a, f32x4.sub(v128.load(x, 16), shift), q1);
    a = v128.load(g, 32);
    s2 = f32x4.add(s2, a); q2 = fma(a, f32x4.sub(v128.load(x, 32), shift), q2);
    a = v128.load(g, 48);
    s3 = f32x4.add(s3, a); q3 = fma(a, f32x4.sub(v128.load(x, 48), shift), q3);
  }
  let products = sumLanes64(f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3)));
  let sum = sumLanes64(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; g < end; g += 4, x += 4) { const v = <f64>load<f32>(g); sum += v; products += v * <f64>(load<f32>(x) - mean); }
  store<f64>(out, load<f64>(out) + products);
  store<f64>(out, load<f64>(out, 8) + sum, 8);
}

/** out[2, C] = Σ g · x̂ and Σ g of each channel. Units are channels. */
export function batchNormSums(g: usize, x: usize, moments: usize, out: usize, N: i32, C: i32, P: i32, epsilon: f32, from: i32, to: i32): void {
  resetScratch();
  const sums = scratch(<usize>C << 4);
  memory.fill(sums, 0, <usize>C << 4);
  for (let n = 0; n < N; n++) for (let c = from; c < to; c++) {
    const at = floats((n * C + c) * P);
    addProducts(g + at, x + at, P, load<f32>(moments + floats(c)), sums + (<usize>c << 4));
  }
  for (let c = from; c < to; c++) {
    const s = sums + (<usize>c << 4);
    store<f32>(out + floats(c), <f32>(load<f64>(s) * inverse(moments, C, c, epsilon)));
    store<f32>(out + floats(C + c), <f32>load<f64>(s, 8));
  }
}

/** dx[n] = g · scale + (x − mean) · pull + offset */
// @ts-ignore: decorator
@inline function pulled(g: usize, x: usize, dx: usize, n: i32, mean: v128, scale: v128, pull: v128, offset: v128): void {
  for (const end = dx + floats(n & ~3); dx < end; g += 16, x += 16, dx += 16)
    v128.store(dx, fma(v128.load(g), scale, fma(f32x4.sub(v128.load(x), mean), pull, offset)));
  if (n & 3) storeLanes(dx, fma(v128.load(g), scale, fma(f32x4.sub(v128.load(x), mean), pull, offset)), n & 3);
}

/** dx = weight / √(variance + epsilon) · (g − (Σg + x̂ · Σg·x̂) / count), or without the bracket's second part where `sums` is 0. Units are planes. */
export function batchNormInputGrad(g: usize, x: usize, weight: usize, moments: usize, sums: usize, dx: usize, N: i32, C: i32, P: i32, epsilon: f32, from: i32, to: i32): void {
  const count = <f64>N * P;
  g += floats(from * P); x += floats(from * P); dx += floats(from * P);
  for (let i = from, c = from % C; i < to; i++, c = c + 1 == C ? 0 : c + 1, g += floats(P), dx += floats(P)) {
    const inv = inverse(moments, C, c, epsilon), k = inv * load<f32>(weight + floats(c));
    if (!sums) { affine(g, dx, P, 0, <f32>k, 0); continue; }
    const mean = splat(load<f32>(moments + floats(c))), scale = splat(<f32>k), offset = splat(<f32>(-k * load<f32>(sums + floats(C + c)) / count));
    const pull = splat(<f32>(-k * inv * load<f32>(sums + floats(c)) / count));
    pulled(g, x, dx, P, mean, scale, pull, offset);
    x += floats(P);
  }
}

/** Mean of n floats, and 1 / √(variance + epsilon) of them as the second number. */
function rowMoments(x: usize, n: i32, epsilon: f64, sums: usize): f64 {
  const first = load<f32>(x);
  store<f64>(sums, 0); store<f64>(sums, 0, 8);
  addMoments(x, n, first, sums);
  const mean = load<f64>(sums) / n, variance = load<f64>(sums, 8) / n - mean * mean;
  store<f64>(sums, 1 / Math.sqrt((variance < 0 ? 0 : variance) + epsilon), 8);
  return mean + first;
}

/** y = (x − mean) / √(variance + epsilon) of rows of n floats. Units are rows. */
export function standardize(x: usize, y: usize, n: i32, epsilon: f64, from: i32, to: i32): void {
  const sums = tile(2048);
  x += floats(from * n); y += floats(from * n);
  for (; from < to; from++, x += floats(n), y += floats(n)) {
    const mean = rowMoments(x, n, epsilon, sums);
    affine(x, y, n, <f32>mean, <f32>load<f64>(sums, 8), 0);
  }
}

/** Its gradient: dx = (g − (Σg + x̂ · Σg·x̂) / n) / √(variance + epsilon). Units are rows. */
export function standardizeGrad(g: usize, x: usize, dx: usize, n: i32, epsilon: f64, from: i32, to: i32): void {
  const sums = tile(2048), products = sums + 16;
  g += floats(from * n); x += floats(from * n); dx += floats(from * n);
  for (; from < to; from++, g += floats(n), x += floats(n), dx += floats(n)) {
    const mean = <f32>rowMoments(x, n, epsilon, sums), inv = load<f64>(sums, 8);
    store<f64>(products, 0); store<f64>(products, 0, 8);
    addProducts(g, x, n, mean, products);
    const pull = <f32>(-inv * inv * inv * load<f64>(products) / n), offset = <f32>(-inv * load<f64>(products, 8) / n);
    pulled(g, x, dx, n, splat(mean), splat(<f32>inv), splat(pull), splat(offset));
  }
}
