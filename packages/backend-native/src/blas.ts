/** Addresses in the process, as foreign functions take them. */
export type Address = bigint;

/** C[m, n] = A[m, k] · B[k, n], or += with `add`; all row-major and contiguous, A and B transposed if their flag is set. */
export interface Gemm {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Address;
  readonly b: Address;
  readonly c: Address;
  readonly add?: boolean;
}

/** Matrix products of a CBLAS library. */
export interface Blas {
  /** What is loaded, such as `OpenBLAS 0.3.21`. Results are bit-identical between runs only with the same one. */
  readonly name: string;
  /** One product in float32. */
  gemm(product: Gemm): void;
}
