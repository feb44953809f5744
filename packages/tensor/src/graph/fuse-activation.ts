import { Clip, type ClipAttrs, HardSwish, Relu } from '../ops/activation.ts';
import { ActivatedConv2d, type ActivatedConv2dAttrs } from '../ops/activated-convolution.ts';
import { Conv2d, type Conv2dAttrs } from '../ops/convolution.ts';
import type { GraphCall } from '../trace.ts';
import type { Rewrite } from './rewrite.ts';

/** Fuses an activation into the preceding convolution. Runs after the rules that fold into plain convolutions. */
export const fuseActivation: Rewrite = (call, view) => {
  const activation = activationOf(call);
  const convolution = activation && view.usedOnce(call.inputs[0]!) ? view.made(call.inputs[0]!) : undefined;
  if (!activation || convolution?.op !== Conv2d) return undefined;
  return {
    op: ActivatedConv2d,
    inputs: convolution.inputs,
    output: call.output,
    attrs: { ...(convolution.attrs as Conv2dAttrs), ...activation },
  };
};

function activationOf({ op, attrs }: GraphCall): Pick<ActivatedConv2dAttrs, 'activation' | 'min' | 'max'> | undefined {
  if (op === Relu) return { activation: 'clip', min: 0, max: Number.POSITIVE_INFINITY };
  if (op === Clip) return { activation: 'clip', min: (attrs as ClipAttrs).min, max: (attrs as ClipAttrs).max };
  return op === HardSwish ? { activation: 'hardSwish', min: 0, max: 0 } : undefined;
}
