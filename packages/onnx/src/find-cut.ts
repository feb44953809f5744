import { sizeOf } from '@graft/tensor';
import type { OperatorProblem } from './diagnose-model.ts';
import { neededNodes } from './needed-nodes.ts';
import type { ShapeOptions } from './infer-shapes.ts';
import { isSupported } from './inspect-model.ts';
import type { MainCut, MainCutOptions } from './main-cut.ts';
import type { OnnxOperator } from './operator.ts';
import { standardOperators } from './operators/index.ts';
import { type OnnxFile, type OnnxNode, type OnnxSource, readModel } from './proto/read-model.ts';
import { runnablePart } from './runnable-part.ts';
import { unsupported } from './unsupported.ts';

/** Options of {@link findCut}. */
export interface FindCutOptions extends ShapeOptions, MainCutOptions {
  /** Default: those of this package; apps pass `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
  /** Whether every supported node must accept the sizes of the inputs; by default what follows one that does not is left out. */
  readonly strict?: boolean;
}

/** A cut, and what cannot be run after it. */
export interface FoundCut extends MainCut {
  /** Why the network cannot be run to its end. */
  readonly obstacle?: string;
}

/**
 * Finds where a new head belongs: at the value that the last layer of the main output reads; at the output of a network without a head; at the
 * last map of a network that predicts for each place. Unsupported nodes may come after it.
 * @throws if no head fits any value, or the file cannot be run up to one
 */
export function findCut(
  source: Uint8Array | OnnxSource | OnnxFile,
  { operators = standardOperators, ...options }: FindCutOptions = {},
): FoundCut {
  const file = 'opsets' in source ? source : readModel(source);
  const blocked = new Map<OnnxNode, OperatorProblem['problem']>();
  for (const node of file.nodes) if (!isSupported(node, file, operators)) blocked.set(node, 'not supported');
  const [unknown] = blocked.keys();
  const part = runnablePart(file, operators, blocked, options);
  const obstacle = unknown ? `${file.name}: ${unsupported(unknown, file.opsets, operators)}` : part.obstacle;
  if (!part.main)
    throw new Error(
      obstacle ??
        `"${file.name}" has no obvious place for a new head. Choose a value with the option cut; graft inspect lists them.`,
    );
  const kept = part.main.kept * (blocked.size ? reachedShare(file, part.main.output) : 1);
  return { ...part.main, kept, ...(obstacle !== undefined && { obstacle }) };
}

/** The fraction of a file's weights that a value depends on. */
function reachedShare(file: OnnxFile, value: string): number {
  const needed = new Set(neededNodes(file, [value]).flatMap(({ inputs }) => inputs));
  let [all, reached] = [0, 0];
  for (const [name, { read }] of file.constants) {
    const { shape } = read();
    if (shape.length < 2) continue;
    all += sizeOf(shape);
    if (needed.has(name)) reached += sizeOf(shape);
  }
  return all ? reached / all : 1;
}
