import type { Parameter, Tensor } from '@graft/tensor';

/** Runs a function with temporary parameter values. */
export function withValues<T>(parameters: readonly Parameter[], values: readonly Tensor[], fn: () => T): T {
  const own = parameters.map(({ value }) => value.retain());
  try {
    for (const [i, parameter] of parameters.entries()) parameter.value = values[i]!;
    return fn();
  } finally {
    for (const [i, parameter] of parameters.entries()) {
      parameter.value = own[i]!;
      own[i]!.release();
    }
  }
}
