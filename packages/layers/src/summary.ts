import {
  bytesOf,
  type GraphValue,
  heldForGradient,
  observe,
  type Parameter,
  Random,
  type Shape,
  showShape,
  sizeOf,
  type Tensor,
  type TensorSpec,
  trace,
} from '@graft/tensor';
import { forward } from './forward.ts';
import { firstPaths, inLayers } from './in-layers.ts';
import type { AnyModule } from './inputs.ts';
import type { Run } from './run.ts';
import { withValues } from './with-values.ts';

/** Parameter counts and costs of a model or a part of it. */
export interface SummaryCounts {
  /** Number of elements in all weights, and in trainable ones. */
  readonly parameters: number;
  readonly trainable: number;
  /** Number of elements in buffers, such as running statistics. */
  readonly buffers: number;
  /** Multiply-adds of convolutions and matrix products in one forward pass. */
  readonly multiplyAdds: number;
  /** Bytes that training holds from the forward to the backward pass, without the batch itself. */
  readonly activationBytes: number;
}

/** One module's own figures, without those of modules inside it. */
export interface SummaryRow extends SummaryCounts {
  readonly path: string;
  /** The module's class. */
  readonly kind: string;
  /** Shape of its first output; undefined if it did not run or does not return a tensor. */
  readonly outputShape: Shape | undefined;
}

/** The result of {@link summary}. */
export interface ModelSummary {
  /** One row for each module, starting with the model itself. */
  readonly rows: readonly SummaryRow[];
  readonly total: SummaryCounts;
}

/** A training-mode forward pass that changes nothing. */
const rehearsal: Run = { training: true, random: new Random(0), update: () => undefined };

/**
 * Lists a model's modules with their parameters and costs, by tracing: nothing is computed.
 * @param inputs shapes including the batch, or tensors; dtypes other than float32 as `{ shape, dtype }`. A list, or an object for a model with named inputs
 * @param call how the model is called; default `forward` with the first input, or with the named ones
 * @throws if the model does not accept these inputs, or reads values
 */
export function summary(
  model: AnyModule,
  inputs: readonly (Shape | TensorSpec)[] | Readonly<Record<string, Shape | TensorSpec>>,
  call?: (inputs: readonly Tensor[], run: Run) => unknown,
): ModelSummary {
  const names = isList(inputs) ? undefined : Object.keys(inputs);
  const given = isList(inputs) ? inputs : Object.values(inputs);
  const run =
    call ??
    ((values, own) =>
      forward(model, names ? Object.fromEntries(names.map((name, i) => [name, values[i]!])) : values[0]!, own));
  const modules = firstPaths(model);
  const parameters = [...model.parameters()].map(([, parameter]) => parameter);
  const counts = new Map(
    [...modules.values()].map((path) => [
      path,
      { parameters: 0, trainable: 0, buffers: 0, multiplyAdds: 0, activationBytes: 0 },
    ]),
  );
  for (const [parameter, path] of owners(modules)) {
    const own = counts.get(path)!;
    const { size } = parameter.value;
    if (parameter.kind === 'buffer') own.buffers += size;
    else own.parameters += size;
    if (parameter.trainable) own.trainable += size;
  }
  const shapes = new Map<string, Shape>();
  const madeIn = new Map<unknown, string>();
  // Parameters are traced as inputs, so ops on parameters alone are part of the graph.
  const specs = [
    ...given.map((input) => ('shape' in input ? input : { shape: input, dtype: 'float32' as const })),
    ...parameters.map(({ value: { shape, dtype } }) => ({ shape, dtype })),
  ];
  const graph = trace(
    (...values) =>
      withValues(parameters, values.slice(given.length), () =>
        inLayers(
          model,
          (path) =>
            observe(
              () => {
                run(values.slice(0, given.length), rehearsal);
                return [];
              },
              ({ op, inputs: operands, output }) => {
                madeIn.set(output.data, path());
                counts.get(path())!.multiplyAdds += multiplyAddsOf(op.name, operands, output);
              },
            ),
          { leave: (path, _, { shape }) => void (shapes.has(path) || shapes.set(path, shape)) },
        ),
      ),
    specs,
  );
  const held = heldForGradient(
    graph,
    graph.inputs.slice(given.length).filter((_, i) => parameters[i]!.trainable),
  );
  let parts: GraphValue[] = [];
  for (const { output } of held.graph.calls) {
    parts.push(output);
    const path = madeIn.get(output);
    if (path === undefined) continue; // part of a composite op, which comes last
    for (const value of parts)
      if (held.values.has(value)) counts.get(path)!.activationBytes += bytesOf(value.dtype) * sizeOf(value.shape);
    parts = [];
  }
  graph.dispose();
  const rows = [...modules].map(([module, path]): SummaryRow => ({
    path,
    kind: module.constructor.name,
    outputShape: shapes.get(path),
    ...counts.get(path)!,
  }));
  const sum = (name: keyof SummaryCounts): number => rows.reduce((total, row) => total + row[name], 0);
  return {
    rows,
    total: {
      parameters: sum('parameters'),
      trainable: sum('trainable'),
      buffers: sum('buffers'),
      multiplyAdds: sum('multiplyAdds'),
      activationBytes: sum('activationBytes'),
    },
  };
}

const isList = <T>(inputs: readonly T[] | Readonly<Record<string, T>>): inputs is readonly T[] => Array.isArray(inputs);

/** The innermost module that each parameter is in. */
function owners(modules: ReadonlyMap<AnyModule, string>): Map<Parameter, string> {
  const found = new Map<Parameter, string>();
  for (const [module, path] of [...modules].toReversed())
    for (const [, parameter] of module.parameters()) if (!found.has(parameter)) found.set(parameter, path);
  return found;
}

/** Each element of the result is a sum of products. */
function multiplyAddsOf(op: string, [a, b]: readonly TensorSpec[], output: TensorSpec): number {
  if (op === 'conv2d' || op === 'activatedConv2d') return sizeOf(output.shape) * (sizeOf(b!.shape) / b!.shape[0]!);
  if (op === 'conv2dInputGrad') return sizeOf(a!.shape) * (sizeOf(b!.shape) / b!.shape[0]!);
  if (op === 'attention') return sizeOf(a!.shape) * b!.shape[2]! + sizeOf(output.shape) * b!.shape[2]!;
  if (op !== 'matmul') return 0;
  return (sizeOf(output.shape) * (a!.shape.at(-1)! * a!.shape.at(-2)!)) / output.shape.at(-2)!;
}

/** Formats a summary as an aligned table. */
export function formatSummary({ rows, total }: ModelSummary): string {
  const cells = ({ parameters, trainable, multiplyAdds, activationBytes }: SummaryCounts): string[] => [
    parameters ? whole(parameters) : '',
    !parameters || trainable === parameters ? '' : trainable ? 'partly' : 'frozen',
    multiplyAdds ? whole(multiplyAdds) : '',
    activationBytes ? bytes(activationBytes) : '',
  ];
  const table = [
    ['layer', 'kind', 'output', 'parameters', 'frozen', 'multiply-adds', 'held in training'],
    ...rows.map((row) => [
      row.path || '(model)',
      row.kind,
      row.outputShape ? showShape(row.outputShape) : 'not run',
      ...cells(row),
    ]),
    ['total', '', '', ...cells(total)],
  ];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((line) => line[i]!.length)));
  const lines = table.map((line) =>
    line
      .map((cell, i) => ([3, 5, 6].includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((a, b) => a + b + 2, -2));
  const frozen = total.parameters - total.trainable;
  return [
    lines[0],
    rule,
    ...lines.slice(1, -1),
    rule,
    lines.at(-1),
    `${whole(total.trainable)} of ${whole(total.parameters)} parameters are trainable${frozen ? `, ${whole(frozen)} are frozen` : ''}${total.buffers ? `; ${whole(total.buffers)} numbers in buffers` : ''}.`,
  ].join('\n');
}

const whole = (n: number): string => n.toLocaleString('en-US');
function bytes(n: number): string {
  const [size, unit] =
    n < 1024
      ? [n, 'B']
      : n < 1024 ** 2
        ? [n / 1024, 'KiB']
        : n < 1024 ** 3
          ? [n / 1024 ** 2, 'MiB']
          : [n / 1024 ** 3, 'GiB'];
  return `${unit === 'B' ? size : size.toFixed(1)} ${unit}`;
}
