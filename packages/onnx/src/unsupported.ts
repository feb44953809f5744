import { didYouMean } from '@graft/plugin';
import type { OnnxOperator } from './operator.ts';
import type { OnnxNode } from './proto/read-model.ts';

/** The error for a node that cannot be run, with ways out. */
export function unsupported(
  { name, opType, domain }: OnnxNode,
  opsets: ReadonlyMap<string, number>,
  operators: readonly OnnxOperator[],
): string {
  const version = opsets.get(domain);
  const known = [...new Set(operators.filter((one) => one.domain === domain).map((one) => one.opType))];
  const where = domain ? ` of domain "${domain}"` : '';
  return `Node "${name}" uses the operator ${opType}${where}, which is not supported in operator set ${version ?? 'unknown'}.${didYouMean(
    opType,
    known.filter((one) => one !== opType),
  )} Add it with a plugin (onnxOperator), or import with outputs before this node.`;
}
