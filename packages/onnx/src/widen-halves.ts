import { cast, type DType, type HostArray, isHalf, type Tensor, toNumbers } from '@graft/tensor';
import { kindOf } from './collections.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { OnnxOperator } from './operator.ts';
import type { OnnxFile, OnnxNode } from './proto/read-model.ts';
import { dtypeOf } from './proto/data-types.ts';
import { type GraphProto, type NodeProto, toInteger } from './proto/schema.ts';

/** The dtype that values of a dtype are computed in: float32 for 16-bit floats. */
export const wideDType = (dtype: DType): DType => (isHalf(dtype) ? 'float32' : dtype);

/** The value of each of the 65536 16-bit floats. */
const tables: Partial<Record<DType, Float32Array>> = {};
const tableOf = (dtype: DType): Float32Array =>
  (tables[dtype] ??= Float32Array.from(
    toNumbers(
      Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits),
      dtype,
    ),
  ));

/** A tensor of 16-bit floats as float32; any other as it is. */
export function widenedArray(array: HostArray): HostArray {
  if (!isHalf(array.dtype)) return array;
  const [table, bits] = [tableOf(array.dtype), array.data as Uint16Array];
  const data = new Float32Array(bits.length);
  for (let i = 0; i < data.length; i++) data[i] = table[bits[i]!]!;
  return { shape: array.shape, dtype: 'float32', data };
}

/** A tensor of 16-bit floats as float32; any other value as it is. */
export const widened = <Value extends Tensor | undefined>(x: Value): Value =>
  x && kindOf(x) === 'tensor' ? (cast(x, wideDType(x.dtype)) as Value) : x;

/** An operator whose results are float32 where the file has 16-bit floats. Casts to those keep all digits of a float32. */
export function widening(narrow: OnnxOperator): OnnxOperator {
  return {
    ...narrow,
    run(inputs, node, context) {
      const [x] = inputs;
      if (narrow.opType === 'Cast' && narrow.domain === '' && x && kindOf(x) === 'tensor' && isHalf(castTo(node)))
        return cast(x, 'float32');
      const results = narrow.run(inputs, node, context);
      return Array.isArray(results) ? (results as Tensor[]).map(widened) : widened(results as Tensor);
    },
  };
}

/** The dtype that a Cast node casts to. Version 1 of the operator has its name. */
function castTo({ attributes }: Pick<OnnxNode, 'attributes'>): DType {
  try {
    return dtypeOf(attributes.int('to')) ?? 'float32';
  } catch {
    return attributes.string('to').toLowerCase() as DType;
  }
}

/** Attributes that hold a data type. */
export const typed: ReadonlySet<string> = new Set(['to', 'dtype', 'output_dtype']);
/** Whether an ONNX data type is a 16-bit float. */
export const isHalfType = (type: unknown): boolean => isHalf(dtypeOf(toInteger(type ?? 0)) ?? 'float32');

/** Whether nodes make 16-bit floats: they cast to them, or hold them, in any of their graphs. */
const makesHalves = (nodes: readonly Pick<NodeProto, 'attribute'>[]): boolean =>
  nodes.some(({ attribute }) =>
    (attribute ?? []).some(
      ({ name, i, t, g, graphs }) =>
        (typed.has(name ?? '') && isHalfType(i)) ||
        (t && isHalfType(t.dataType)) ||
        [...(g ? [g] : []), ...(graphs ?? [])].some(holdsHalves),
    ),
  );
const holdsHalves = ({ node, initializer }: GraphProto): boolean =>
  makesHalves(node ?? []) || (initializer ?? []).some(({ dataType }) => isHalfType(dataType));

/** Whether the file of a model has 16-bit floats, although the model computes in float32. */
export const hasHalves = ({ file, weights, constants, keepsHalves }: OnnxModel): boolean =>
  !keepsHalves && usesHalves(file, [...weights.keys(), ...constants.keys()]);

/** Whether a file has 16-bit floats. @param names of the constants that count; default all */
export function usesHalves(file: OnnxFile, names: Iterable<string> = file.constants.keys()): boolean {
  const isHalfConstant = (name: string): boolean => isHalf(storedConstant(file, name)?.dtype ?? 'float32');
  return (
    [...file.inputs, ...file.outputs].some(({ dtype }) => isHalf(dtype as DType)) ||
    [...names].some(isHalfConstant) ||
    file.nodes.some(({ attributes }) => makesHalves([{ attribute: [...attributes.protos] }])) ||
    [...file.functions.values()].some(({ node }) => makesHalves(node ?? []))
  );
}

const storedConstant = ({ constants, handedOut }: OnnxModel['file'], name: string): HostArray | undefined =>
  (constants.get(name) ?? handedOut.get(name))?.read();

/**
 * The dtype of a value in the file of a model that computes it in float32. Operators return floats of the type that they take, except those that name another.
 */
export function storedDType({ file, nodes }: OnnxModel, value: string): DType {
  const known = new Map<string, DType | undefined>(file.inputs.map(({ name, dtype }) => [name, dtype as DType]));
  const of = (name = ''): DType | undefined => {
    if (!known.has(name)) known.set(name, storedConstant(file, name)?.dtype);
    return known.get(name);
  };
  const floats = (dtype: DType | undefined): boolean => dtype === 'float32' || (dtype !== undefined && isHalf(dtype));
  const declared = file.outputs.find(({ name }) => name === value)?.dtype as DType | undefined;
  if (declared) return declared;
  for (const { source } of nodes) {
    const { opType, inputs, outputs, attributes } = source;
    const named = attributes.protos.find(({ name, i }) => typed.has(name ?? '') && toInteger(i ?? 0) !== 0);
    const held = attributes.protos.find(({ name, t }) => name === 'value' && t)?.t;
    const dtype =
      opType === 'Cast'
        ? castTo(source)
        : opType === 'CastLike' || opType === 'DequantizeLinear'
          ? of(inputs[1])
          : named
            ? dtypeOf(toInteger(named.i))
            : held
              ? dtypeOf(held.dataType ?? 0)
              : inputs.map(of).find(floats);
    for (const name of outputs) if (name) known.set(name, dtype);
  }
  return of(value) ?? 'float32';
}
