import { dataTypeOf } from '../proto/data-types.ts';
import { type OnnxExporter, requireOpset } from '../exporter.ts';

/** An op with an equivalent operator. */
const direct = (name: string, opType: string, since = 1): OnnxExporter => ({
  name,
  write(call, context) {
    requireOpset(context, since, opType);
    context.node(
      opType,
      call.inputs.map((input) => input.name),
      {},
      call.output.name,
    );
  },
});

/** A comparison written as the negation of another, for operator sets without an operator for it. */
const opposite = (name: string, opType: string, since: number, other: string): OnnxExporter => ({
  name,
  write({ inputs, output }, context) {
    const names = inputs.map((input) => input.name);
    if (context.opset >= since) context.node(opType, names, {}, output.name);
    else context.node('Not', [context.node(other, names)], {}, output.name);
  },
});

export const elementwiseExporters: readonly OnnxExporter[] = [
  direct('add', 'Add', 7),
  direct('sub', 'Sub', 7),
  direct('mul', 'Mul', 7),
  direct('div', 'Div', 7),
  direct('pow', 'Pow', 7),
  direct('maximum', 'Max', 8),
  direct('minimum', 'Min', 8),
  direct('neg', 'Neg'),
  direct('abs', 'Abs'),
  direct('sign', 'Sign', 9),
  direct('exp', 'Exp'),
  direct('log', 'Log'),
  direct('sqrt', 'Sqrt'),
  direct('reciprocal', 'Reciprocal'),
  direct('sin', 'Sin', 7),
  direct('cos', 'Cos', 7),
  direct('floor', 'Floor'),
  direct('ceil', 'Ceil'),
  direct('round', 'Round', 11),
  direct('erf', 'Erf', 9),
  direct('equal', 'Equal', 7),
  direct('less', 'Less', 7),
  direct('greater', 'Greater', 7),
  direct('and', 'And', 7),
  direct('or', 'Or', 7),
  direct('xor', 'Xor', 7),
  direct('not', 'Not'),
  direct('isNaN', 'IsNaN', 9),
  direct('where', 'Where', 9),
  direct('stopGradient', 'Identity'),
  opposite('lessEqual', 'LessOrEqual', 12, 'Greater'),
  opposite('greaterEqual', 'GreaterOrEqual', 12, 'Less'),
  {
    name: 'square',
    write: ({ inputs: [x], output }, context) => void context.node('Mul', [x!.name, x!.name], {}, output.name),
  },
  {
    name: 'mod',
    write({ inputs, output }, context) {
      requireOpset(context, 10, 'Mod');
      // The operator has the sign of the divisor for integers only.
      if (output.dtype.startsWith('float'))
        throw new Error('mod of floating-point numbers has no ONNX operator. Use fmod.');
      context.node(
        'Mod',
        inputs.map((input) => input.name),
        {},
        output.name,
      );
    },
  },
  {
    name: 'fmod',
    write({ inputs, output }, context) {
      requireOpset(context, 10, 'Mod');
      context.node(
        'Mod',
        inputs.map((input) => input.name),
        { fmod: 1 },
        output.name,
      );
    },
  },
  {
    name: 'cast',
    write: ({ inputs: [x], output }, context) =>
      void context.node('Cast', [x!.name], { to: dataTypeOf(output.dtype) }, output.name),
  },
];
