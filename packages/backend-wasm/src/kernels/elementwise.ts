import { type DropoutAttrs, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { type BinaryName, exportName, type GradName, type UnaryName } from '../exports.ts';
import { broadcastPlan } from './broadcast.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

const none = (): [number, number] => [0, 0];

/** Unary elementwise ops, and the two numbers from their attributes. */
const unaries: { readonly [N in UnaryName]: (attrs: never) => readonly [number, number] } = {
  neg: none,
  abs: none,
  sign: none,
  exp: none,
  log: none,
  sqrt: none,
  reciprocal: none,
  square: none,
  floor: none,
  ceil: none,
  trunc: none,
  round: none,
  relu: none,
  sigmoid: none,
  tanh: none,
  erf: none,
  silu: none,
  gelu: none,
  softplus: none,
  hardSwish: none,
  hardSigmoid: ({ alpha, beta }: { alpha: number; beta: number }) => [alpha, beta],
  clip: ({ min, max }: { min: number; max: number }) => [min, max],
  leakyRelu: ({ alpha }: { alpha: number }) => [alpha, 0],
  elu: ({ alpha }: { alpha: number }) => [alpha, 0],
};
/** Estimated nanoseconds per element in one thread, if more than reading and writing. */
const costs: Partial<Record<UnaryName | BinaryName, number>> = {
  exp: 0.8,
  log: 1.5,
  sigmoid: 1.2,
  tanh: 1.6,
  erf: 2,
  silu: 1.2,
  gelu: 2.3,
  softplus: 2.5,
  elu: 2,
  pow: 20,
};
const costOf = (name: UnaryName | BinaryName): number => costs[name] ?? 0.25;
/** Parts of a sweep start at whole pages. */
const GRAIN = 1024;

const grads: readonly GradName[] = [
  'relu',
  'sigmoid',
  'tanh',
  'hardSigmoid',
  'silu',
  'gelu',
  'erf',
  'softplus',
  'hardSwish',
  'clip',
  'leakyRelu',
  'elu',
];
const binaries: readonly BinaryName[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'pow'];

/** Elementwise ops: one sweep each. */
export function elementwise(engine: Engine): KernelEntries {
  const unary = (name: UnaryName): WasmKernel => {
    const [run, cost, numbers] = [exportName('unary', name), costOf(name), unaries[name]];
    return ([x], attrs, out) => {
      if (!allFloat32([x!])) return undefined;
      const y = engine.output(out);
      const [p, q] = numbers(attrs as never);
      const size = sizeOf(out.shape);
      engine.run(run, size, size * cost, [x!.data.pointer, y.pointer, p, q], GRAIN);
      return y;
    };
  };
  const grad = (name: GradName): WasmKernel => {
    const [run, cost, numbers] = [exportName('grad', name), costOf(name), unaries[name]];
    return ([g, v], attrs, out) => {
      if (!allFloat32([g!, v!])) return undefined;
      const y = engine.output(out);
      const [p, q] = numbers(attrs as never);
      const size = sizeOf(out.shape);
      engine.run(run, size, size * cost, [g!.data.pointer, v!.data.pointer, y.pointer, p, q], GRAIN);
      return y;
    };
  };
  const binary = (name: BinaryName): WasmKernel => {
    const [run, cost] = [exportName('binary', name), costOf(name)];
    return ([a, b], _attrs, out) => {
      if (!allFloat32([a!, b!])) return undefined;
      const y = engine.output(out);
      const [plan, units] = broadcastPlan(a!.shape, b!.shape, out.shape);
      engine.run(
        run,
        units,
        sizeOf(out.shape) * cost,
        [engine.plan(plan), a!.data.pointer, b!.data.pointer, y.pointer],
        plan[2] === 0 ? GRAIN : 1,
      );
      return y;
    };
  };
  const dropout: WasmKernel = ([x], { probability, key }: DropoutAttrs, out) => {
    const threshold = Math.ceil(probability * 2 ** 32); // an integer is below it if it is below the product
    if (!allFloat32([x!]) || threshold >= 2 ** 32) return undefined;
    const y = engine.output(out);
    const size = sizeOf(out.shape);
    engine.run(
      'dropout',
      size,
      size * 2,
      [x!.data.pointer, y.pointer, threshold, 1 / (1 - probability), key[0]!, key[1]!],
      GRAIN,
    );
    return y;
  };
  return [
    ...(Object.keys(unaries) as UnaryName[]).map((name) => [name, unary(name)] as const),
    ...grads.map((name) => [`${name}Grad`, grad(name)] as const),
    ...binaries.map((name) => [name, binary(name)] as const),
    ['dropout', dropout],
  ];
}
