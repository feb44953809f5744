// What layers refuse, in one form of sentence: who, what it wants, what it got.
import { Parameter, type Shape, showShape, type Tensor } from '@graft/tensor';
import type { Module } from '../module.ts';

/** A layer as messages name it: `Conv2d "layer1.0.conv1"`, or its kind alone where no path is known. */
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
 * @param wanted sizes; a word stands for any size, and '...' in front for any dimensions
 * @throws where the shape is another one, with the layer's name and both shapes
 */
export function wantShape(layer: Module, x: Tensor, wanted: readonly (number | string)[], wayOut = ''): void {
  const open = wanted[0] === '...';
  const fixed = open ? wanted.slice(1) : wanted;
  const own = open ? x.shape.slice(Math.max(0, x.rank - fixed.length)) : x.shape;
  if (own.length === fixed.length && fixed.every((dim, i) => typeof dim === 'string' || dim === own[i])) return;
  throw new Error(`${nameOf(layer)} wants [${wanted.join(', ')}], got ${showShape(x.shape)}.${wayOut && ` ${wayOut}`}`);
}

/** @throws where an option is not a whole number, or less than `least` */
export function wantWhole(kind: string, options: Readonly<Record<string, number>>, least = 1): void {
  for (const [name, value] of Object.entries(options))
    if (!Number.isInteger(value) || value < least)
      throw new Error(`${kind} wants a whole number from ${least} on as ${name}, got ${value}.`);
}

/** @throws where a probability is not at least 0 and below 1 */
export function wantProbability(kind: string, probability: number): void {
  if (!(probability >= 0 && probability < 1))
    throw new Error(`${kind} wants a probability from 0 up to, not including, 1; got ${probability}.`);
}

/** [features] or more dimensions, from one number or several. @throws where there is none */
export function shapeFrom(kind: string, features: number | Shape): Shape {
  const shape = typeof features === 'number' ? [features] : features;
  if (!shape?.length || !shape.every((size) => Number.isInteger(size) && size > 0))
    throw new Error(
      `${kind} wants as features a whole number from 1 on, or several, got ${shape ? showShape(shape) : 'nothing'}.`,
    );
  return shape;
}

/** The words for the dimensions behind batch and channels. */
export const dimensionNames = (dims: number): readonly string[] =>
  [[], ['length'], ['height', 'width'], ['depth', 'height', 'width']][dims]!;
