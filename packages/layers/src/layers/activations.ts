import { clip, gelu, hardSigmoid, hardSwish, leakyRelu, relu, sigmoid, silu, softmax, tanh, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';

// One activation a line.
export class ReLU extends Module { override forward(x: Tensor): Tensor { return relu(x); } }
/** Each element, at least 0 and at most 6. */
export class ReLU6 extends Module { override forward(x: Tensor): Tensor { return clip(x, 0, 6); } }
export class GELU extends Module { override forward(x: Tensor): Tensor { return gelu(x); } }
export class SiLU extends Module { override forward(x: Tensor): Tensor { return silu(x); } }
export class Sigmoid extends Module { override forward(x: Tensor): Tensor { return sigmoid(x); } }
export class Tanh extends Module { override forward(x: Tensor): Tensor { return tanh(x); } }
export class Hardswish extends Module { override forward(x: Tensor): Tensor { return hardSwish(x); } }
export class Hardsigmoid extends Module { override forward(x: Tensor): Tensor { return hardSigmoid(x); } }
export class LeakyReLU extends Module { override forward(x: Tensor): Tensor { return leakyRelu(x); } }
export class Softmax extends Module { override forward(x: Tensor): Tensor { return softmax(x, -1); } }
