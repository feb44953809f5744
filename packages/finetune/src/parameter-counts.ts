import type { Module } from '@graft/layers';

/** Counts the parameters in a model's weights, and how many of them are trainable. */
export function parameterCounts(module: Pick<Module, 'parameters'>): {
  parameters: number;
  trainableParameters: number;
} {
  const weights = [...module.parameters()].map(([, parameter]) => parameter).filter(({ kind }) => kind === 'weight');
  const count = (list: typeof weights): number => list.reduce((sum, { value }) => sum + value.size, 0);
  return { parameters: count(weights), trainableParameters: count(weights.filter(({ trainable }) => trainable)) };
}
