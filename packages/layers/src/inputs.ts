import { Tensor } from '@graft/tensor';
import type { Module } from './module.ts';

/** Tensors by name: the input of a module with several inputs. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** The input of a module's `forward`: one tensor, or tensors by name. */
export type ModuleInput = Tensor | Inputs;

/** A module with any kind of input. */
export type AnyModule = Module<ModuleInput>;

/** The tensors of an input: the single one, or each of the named ones. Reading them here does not count as the model reading them; see {@link forward}. */
export const tensorsOf = (input: ModuleInput): readonly Tensor[] =>
  input instanceof Tensor
    ? [input]
    : Object.values(Object.getOwnPropertyDescriptors(input)).map(({ value }) => value as Tensor);
