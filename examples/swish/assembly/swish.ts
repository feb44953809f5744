// x · σ(βx), four floats at a time. Buffers have 64 spare bytes at their end, so the last vector may exceed the data.

// @ts-ignore: decorator
@inline function splat(x: f32): v128 { return f32x4.splat(x); }

/** eˣ for x clamped to −87…88: 2ⁿ times a polynomial of the remainder (Cephes' expf). */
// @ts-ignore: decorator
@inline function exp4(x: v128): v128 {
  const v = f32x4.pmax(f32x4.pmin(x, splat(88)), splat(-87));
  const n = f32x4.nearest(f32x4.mul(v, splat(1.44269504)));
  const r = f32x4.add(f32x4.sub(v, f32x4.mul(n, splat(0.693359375))), f32x4.mul(n, splat(2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(r, splat(1.9875691500e-4)), splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), splat(0.5));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), f32x4.add(r, splat(1)));
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23));
}

/** Elements `from` to `to` of y = x / (1 + e^−βx); `beta` is passed as its bits, because arguments are integers. */
export function swish(x: usize, y: usize, beta: i32, from: i32, to: i32): void {
  const minus = splat(-reinterpret<f32>(beta));
  for (let i = from; i < to; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    v128.store(y + at, f32x4.div(v, f32x4.add(exp4(f32x4.mul(v, minus)), splat(1))));
  }
}
