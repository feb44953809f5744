import { Tensor } from '@graft/tensor';
import type { Module } from './module.ts';

/** Tensors by name: what a module of several inputs takes. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** What a module's `forward` takes: one tensor, or tensors by name. */
export type ModuleInput = Tensor | Inputs;

/** A module, whatever it takes. */
export type AnyModule = Module<ModuleInput>;

/** The tensors of an input: the one, or each of the named ones. Reading them here does not count as reading by the model; see {@link forward}. */
export const tensorsOf = (input: ModuleInput): readonly Tensor[] =>
  input instanceof Tensor
    ? [input]
    : Object.values(Object.getOwnPropertyDescriptors(input)).map(({ value }) => value as Tensor);
