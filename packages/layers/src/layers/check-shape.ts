// Argument checks of layers. All errors have one form: the layer, what it expects, what it got.
import { Parameter, type Shape, showShape, type Tensor } from '@graft/tensor';
import type { Module } from '../module.ts';

/** A layer's name in error messages: `Conv2d "layer1.0.conv1"`, or its class alone if no path is known. */
export function nameOf(layer: Module): string {
  const kind = layer.constructor.name;
  const children =
    'childrenField' in layer ? (layer as unknown as Record<string, unknown>)[layer.childrenField as string] : undefined;
  for (const [field, value] of [...Object.entries(layer), ...(children instanceof Map ? children : [])] as [
    string,
    unknown,
  ][])
    if (value instanceof Parameter && value.name.endsWith(`.${field}`))
      return `${kind} "${value.name.slice(0, -field.length - 1)}"`;
  return kind;
}

/**
 * Checks an input's shape.
 * @param wanted sizes; a word matches any size, and a leading '...' matches any dimensions
 * @throws if the shape differs; the error names the layer and both shapes
 */
export function checkShape(layer: Module, x: Tensor, wanted: readonly (number | string)[], wayOut = ''): void {
  const open = wanted[0] === '...';
  const fixed = open ? wanted.slice(1) : wanted;
  const own = open ? x.shape.slice(Math.max(0, x.rank - fixed.length)) : x.shape;
  if (own.length === fixed.length && fixed.every((dim, i) => typeof dim === 'string' || dim === own[i])) return;
  throw new Error(
    `${nameOf(layer)} expects [${wanted.join(', ')}], got ${showShape(x.shape)}.${wayOut && ` ${wayOut}`}`,
  );
}

/** @throws if an option is not an integer, or is less than `least` */
export function checkInteger(kind: string, options: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, value] of Object.entries(options))
    if (!Number.isInteger(value) || value < least)
      throw new Error(
        `${kind} expects ${name} to be ${least === 1 ? 'a positive integer' : `an integer of at least ${least}`}, got ${value}.`,
      );
}

/** @throws if a probability is not in [0, 1) */
export function checkProbability(kind: string, probability: number): void {
  if (!(probability >= 0 && probability < 1))
    throw new Error(`${kind} expects a probability in [0, 1), got ${probability}.`);
}

/** A feature shape from one number or several. @throws if there is none */
export function shapeFrom(kind: string, features: number | Shape): Shape {
  const shape = typeof features === 'number' ? [features] : features;
  if (!shape?.length || !shape.every((size) => Number.isInteger(size) && size > 0))
    throw new Error(
      `${kind} expects features to be one or more positive integers, got ${shape ? showShape(shape) : 'nothing'}.`,
    );
  return shape;
}

/** The names of the dimensions after batch and channels. */
export const dimensionNames = (dims: number): readonly string[] =>
  [[], ['length'], ['height', 'width'], ['depth', 'height', 'width']][dims]!;
