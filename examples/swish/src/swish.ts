import { add, apply, div, elements, exp, mul, neg, type Op, sigmoid, sub, type Tensor } from '@graft/tensor';

/** x · σ(βx): `silu` for β = 1, close to `relu` for large β (Ramachandran et al. 2017). */
export const Swish: Op<{ readonly beta: number }> = {
  name: 'swish',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  reference([x], { beta }, out) {
    elements(x!).forEach((v, i) => (elements(out)[i] = v / (1 + Math.exp(-beta * v))));
  },
  decompose: ([x], { beta }) => div(x!, add(exp(neg(mul(x!, beta))), 1)),
  gradient: {
    uses: [0],
    rules: [
      (g, { inputs: [x], attrs: { beta } }) => {
        const s = sigmoid(mul(x!, beta));
        return mul(g, add(s, mul(mul(mul(x!, beta), s), sub(1, s))));
      },
    ],
  },
};

/** Applies {@link Swish} elementwise. */
export const swish = (x: Tensor, { beta = 1 }: { readonly beta?: number } = {}): Tensor => apply(Swish, [x], { beta });
