// The parameters of a convolution, written by the host: i32 fields in this order (see src/kernels/convolution.ts).
import { Activation } from "../activation";

@unmanaged export class ConvShape {
  n: i32; c: i32; h: i32; w: i32; // input
  k: i32; kh: i32; kw: i32; // kernel
  oh: i32; ow: i32; // output
  sh: i32; sw: i32; // stride
  pt: i32; pl: i32; pb: i32; pr: i32; // padding: top, left, bottom, right
  dh: i32; dw: i32; // dilation
  groups: i32;
  kind: i32; low: f32; high: f32; // an Activation, or none if `kind` is 0

  /** The activation of the results. */
  activation(): Activation | null { return this.kind ? changetype<Activation>(changetype<usize>(this) + offsetof<ConvShape>("kind")) : null; }
}
