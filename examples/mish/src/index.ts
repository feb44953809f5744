import { layer, Module } from '@graft/layers';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import {
  add,
  apply,
  elements,
  exp,
  log,
  mul,
  type Op,
  sigmoid,
  softplus,
  sub,
  square,
  tanh,
  type Tensor,
} from '@graft/tensor';
import { callback, type Callback } from '@graft/train';

/** x · tanh(log(1 + eˣ)) as one op (Misra 2019); `mish` of `@graft/layers` is composed of three ops. */
export const Mish: Op = {
  name: 'mish',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  reference([x], _, out) {
    elements(x!).forEach((v, i) => (elements(out)[i] = v * Math.tanh(Math.log1p(Math.exp(v)))));
  },
  decompose: ([x]) => mul(x!, tanh(log(add(exp(x!), 1)))),
  gradient: {
    uses: [0],
    rules: [
      (g, { inputs: [x] }) => {
        const t = tanh(softplus(x!));
        return mul(g, add(t, mul(mul(x!, sigmoid(x!)), sub(1, square(t)))));
      },
    ],
  },
};
export const mish = (x: Tensor): Tensor => apply(Mish, [x], undefined);

export class FusedMish extends Module {
  override forward(x: Tensor): Tensor {
    return mish(x);
  }
}

/** Stops training after an epoch whose mean loss is at most `loss`. */
export const targetLoss = ({ loss }: { loss: number }): Callback => ({
  name: 'targetLoss',
  afterEpoch: (state) => void (state.meanLoss <= loss && state.stop(`the loss is ${loss} or less`)),
});

const plugin: Plugin = definePlugin({
  name: 'graft-plugin-mish',
  apiVersion,
  requires: ['@graft/tensor', '@graft/layers', '@graft/train'],
  contributes: [
    layer({ name: 'fusedMish', create: () => new FusedMish() }),
    callback({ name: 'targetLoss', create: targetLoss }),
  ],
});
export default plugin;
