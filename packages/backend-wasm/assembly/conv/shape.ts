// What a convolution is, as the host writes it: i32 fields in this order (src/kernels/conv.ts writes the same).

@unmanaged export class ConvShape {
  n: i32; c: i32; h: i32; w: i32; // input
  k: i32; kh: i32; kw: i32; // kernel
  oh: i32; ow: i32; // output
  sh: i32; sw: i32; // stride
  pt: i32; pl: i32; pb: i32; pr: i32; // padding: top, left, bottom, right
  dh: i32; dw: i32; // dilation
  groups: i32;
  activation: i32; low: f32; high: f32; // of the results: 0 none, 1 clip to [low, high], 2 hard-swish
}
