import { type DropoutAttrs, sameShape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { type BinaryName, exportName, type GradName, type UnaryName } from '../exports.ts';
import { broadcastPlan } from './broadcast.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

const none = (): [number, number] => [0, 0];

/** Ops on each element, and which two numbers their attributes give. */
const unaries: { readonly [N in UnaryName]: (attrs: never) => readonly [number, number] } = {
  neg: none, abs: none, sign: none, exp: none, log: none, sqrt: none, reciprocal: none, square: none, floor: none, ceil: none, trunc: none, round: none,
  relu: none, sigmoid: none, tanh: none, erf: none, silu: none, gelu: none, softplus: none, hardSwish: none,
  hardSigmoid: ({ alpha, beta }: { alpha: number; beta: number }) => [alpha, beta],
  clip: ({ min, max }: { min: number; max: number }) => [min, max],
  leakyRelu: ({ alpha }: { alpha: number }) => [alpha, 0],
  elu: ({ alpha }: { alpha: number }) => [alpha, 0],
};
const grads: readonly GradName[] = ['relu', 'sigmoid', 'tanh', 'hardSigmoid', 'silu', 'gelu', 'erf', 'softplus', 'hardSwish', 'clip', 'leakyRelu', 'elu'];
const binaries: readonly BinaryName[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'pow'];

/** Ops on elements: one sweep each. */
export function elementwise(engine: Engine): KernelEntries {
  const { kernels } = engine;
  const unary = (name: UnaryName): WasmKernel => {
    const run = kernels[exportName('unary', name)];
    const numbers = unaries[name];
    return ([x], attrs, out) => {
      if (!allFloat32([x!])) return undefined;
      const y = engine.output(out);
      const [p, q] = numbers(attrs as never);
      run(x!.data.pointer, y.pointer, sizeOf(out.shape), p, q);
      return y;
    };
  };
  const grad = (name: GradName): WasmKernel => {
    const run = kernels[exportName('grad', name)];
    const numbers = unaries[name];
    return ([g, v], attrs, out) => {
      if (!allFloat32([g!, v!])) return undefined;
      const y = engine.output(out);
      const [p, q] = numbers(attrs as never);
      run(g!.data.pointer, v!.data.pointer, y.pointer, sizeOf(out.shape), p, q);
      return y;
    };
  };
  const binary = (name: BinaryName): WasmKernel => {
    const run = kernels[exportName('binary', name)];
    return ([a, b], _attrs, out) => {
      if (!allFloat32([a!, b!])) return undefined;
      const y = engine.output(out);
      run(engine.plan(broadcastPlan(a!.shape, b!.shape, out.shape)), a!.data.pointer, b!.data.pointer, y.pointer);
      return y;
    };
  };
  /** Where the condition has the result's shape, and each choice that shape or one element. */
  const where: WasmKernel = ([condition, a, b], _attrs, out) => {
    if (condition!.dtype !== 'bool' || !allFloat32([a!, b!]) || !sameShape(condition!.shape, out.shape)) return undefined;
    const [stepA, stepB] = [a!, b!].map(({ shape }) => (sizeOf(shape) === 1 ? 0 : sameShape(shape, out.shape) ? 16 : -1)) as [number, number];
    if (stepA < 0 || stepB < 0) return undefined;
    const y = engine.output(out);
    kernels.where(condition!.data.pointer, a!.data.pointer, b!.data.pointer, y.pointer, sizeOf(out.shape), stepA, stepB);
    return y;
  };
  const dropout: WasmKernel = ([x], { probability, key }: DropoutAttrs, out) => {
    const threshold = Math.ceil(probability * 2 ** 32); // a whole word is below it where it is below the product
    if (!allFloat32([x!]) || threshold >= 2 ** 32) return undefined;
    const y = engine.output(out);
    kernels.dropout(x!.data.pointer, y.pointer, sizeOf(out.shape), threshold, 1 / (1 - probability), key[0]!, key[1]!);
    return y;
  };
  return [
    ...(Object.keys(unaries) as UnaryName[]).map((name) => [name, unary(name)] as const),
    ...grads.map((name) => [`${name}Grad`, grad(name)] as const),
    ...binaries.map((name) => [name, binary(name)] as const),
    ['where', where],
    ['dropout', dropout],
  ];
}
