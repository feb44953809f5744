import { type DType, type HostArray, isFloat, sizeOf, toArray, toNumbers } from '@graft/tensor';
import { GraphWriter } from '../graph-writer.ts';
import { inFile, type OnnxFile, type OnnxNode, type OnnxSource, readModel } from '../proto/read-model.ts';
import { field, NodeProto, ValueInfoProto } from '../proto/schema.ts';
import { smallTypeIn } from '../proto/small-types.ts';
import { joinBytes, messageField, wireFields } from '../proto/wire.ts';
import { float, writeTensor } from '../proto/write.ts';
import { constantOf, makersIn, onlyReaders } from '../value-uses.ts';
import { withGraph } from '../with-graph.ts';

/** Operators that compute with quantised numbers. */
const quantized =
  /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|DynamicQuantizeMatMul|QLinear\w+|QGemm|QAttention|(Conv|MatMul)Integer(ToFloat)?)$/;
/** Operators that move numbers without computing with them, so they do the same to quantised ones. */
const moving =
  /^(Identity|Reshape|Transpose|Flatten|Squeeze|Unsqueeze|Slice|Split|Gather|GatherElements|GatherND|Expand|Tile|DepthToSpace|SpaceToDepth|MaxPool|ReduceMax|ReduceMin|Resize|Upsample|Pad|Concat|Max|Min)$/;
/** Operators that read only the shape. */
const measuring = /^(Shape|Size)$/;

/** Least and greatest number of a type. */
const ranges: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
};

/** Whether a file computes with quantised numbers. */
export const isQuantized = ({ nodes }: Pick<OnnxFile, 'nodes'>): boolean =>
  nodes.some(({ opType }) => quantized.test(opType));

/**
 * Rewrites a quantised file in floats, so all of its layers can be trained: integer weights are dequantised, and activations are no longer rounded, only limited to the range that
 * they were quantised in.
 * @throws if the file is not quantised, or a node computes with quantised numbers in another way than those of ONNX and onnxruntime
 */
export function dequantizeOnnx(source: Uint8Array | OnnxSource | OnnxFile): OnnxFile {
  const file = 'opsets' in source ? source : readModel(source);
  if (!isQuantized(file))
    throw new Error(`"${file.name}" is not quantised, so there is nothing to dequantise. Use it as it is.`);
  try {
    return new Dequantizer(file).rewritten();
  } catch (error) {
    throw inFile(error, file.name);
  }
}

/** A scale and a zero point, as names of values. */
interface Quantity {
  readonly scale: string;
  readonly zero: string;
}

/** The integers of a constant; those of a few bits are not copied, because weights may be large. */
const integersOf = ({ data, dtype }: HostArray): ArrayLike<number> =>
  /^u?int(8|16|32)$/.test(dtype) ? (data as Int32Array) : toNumbers(data, dtype);

/** Rewrites nodes in order. A quantised value becomes a float value of the same name. */
class Dequantizer {
  private readonly file: OnnxFile;
  private readonly writer: GraphWriter;
  private readonly makers: ReadonlyMap<string, OnnxNode>;
  private readonly readerOf: (value: string) => OnnxNode | undefined;
  /** Values that were quantised and are floats now, with what they were quantised by. */
  private readonly real = new Map<string, Quantity>();
  /** Sums of products of integers, which are floats now. */
  private readonly sums = new Set<string>();
  /** Scales of dynamically quantised values, which are 1 now. */
  private readonly units = new Set<string>();
  /** Products with a scale that is part of the weights now, by their output: the other factor. */
  private readonly folded = new Map<string, string>();
  private readonly written = new Map<string, string>();

  constructor(file: OnnxFile) {
    this.file = file;
    this.writer = GraphWriter.addingTo(file);
    this.makers = makersIn(file.nodes);
    this.readerOf = onlyReaders(file);
  }

  rewritten(): OnnxFile {
    for (const node of this.file.nodes) this.rewrite(node);
    const { graph } = field;
    const isFloatNow = (name: string): boolean => this.real.has(name) || this.sums.has(name);
    const rest = wireFields(this.file.graph).flatMap(({ number, content, bytes }) => {
      if (number === graph.node || number === graph.valueInfo) return [];
      if (number !== graph.output) return [bytes];
      const port = ValueInfoProto.decode(content!);
      if (!isFloatNow(port.name ?? '') || !port.type?.tensorType) return [bytes];
      port.type.tensorType.elemType = 1;
      return [messageField(graph.output, ValueInfoProto.encode(port))];
    });
    return withGraph(
      this.file,
      joinBytes([
        ...this.writer.nodes.map((node) => messageField(graph.node, node)),
        ...[...this.writer.constants].map(([name, value]) => messageField(graph.initializer, writeTensor(name, value))),
        ...rest,
      ]),
    );
  }

  private rewrite(node: OnnxNode): void {
    const { opType, inputs, outputs, attributes } = node;
    const [out = ''] = outputs;
    const [x = '', ...rest] = inputs;
    switch (opType) {
      case 'QuantizeLinear':
        return this.limit(
          x,
          out,
          { scale: rest[0] ?? '', zero: rest[1] ?? '' },
          attributes.int('output_dtype', 0) !== 0,
        );
      case 'DynamicQuantizeLinear':
        return this.dynamic(x, outputs);
      case 'DequantizeLinear':
        return this.dequantize(node);
      case 'ConvInteger':
      case 'MatMulInteger':
        return this.integerProduct(node);
      case 'QLinearConv':
        return this.convolution(node);
      case 'QLinearMatMul': {
        const [a, sa, za, b, sb, zb, scale, zero] = inputs as string[];
        const product = this.writer.node('MatMul', [
          this.value(a!, sa!, za!, node),
          this.value(b!, sb!, zb!, node, -1),
        ]);
        return this.limit(product, out, { scale: scale!, zero: zero! });
      }
      case 'QGemm':
        return this.gemm(node);
      case 'DynamicQuantizeMatMul': {
        const [, b = '', scale = '', zero = '', bias = ''] = inputs;
        return this.product(x, this.value(b, scale, zero, node, -1), bias, out);
      }
      case 'MatMulIntegerToFloat': {
        const [b = '', sa = '', sb = '', za = '', zb = '', bias = ''] = rest;
        return this.product(this.value(x, sa, za, node), this.value(b, sb, zb, node, -1), bias, out);
      }
      case 'QAttention':
        return this.attention(node);
      case 'QLinearConcat': {
        const [zero = '', ...parts] = rest;
        const values = Array.from({ length: Math.floor(parts.length / 3) }, (_, i) =>
          this.value(parts[3 * i]!, parts[3 * i + 1]!, parts[3 * i + 2]!, node),
        );
        const joined = this.writer.node('Concat', values, { axis: attributes.int('axis') });
        return this.limit(joined, out, { scale: x, zero });
      }
      case 'QLinearAdd':
      case 'QLinearMul': {
        const [sa = '', za = '', b = '', sb = '', zb = '', scale = '', zero = ''] = rest;
        const values = [this.value(x, sa, za, node), this.value(b, sb, zb, node)];
        return this.limit(this.writer.node(opType.slice('QLinear'.length), values), out, { scale, zero });
      }
      default:
    }
    if (opType.startsWith('QLinear') && node.domain !== '') return this.unary(node);
    this.keep(node);
  }

  /** A node that is not about quantised numbers. */
  private keep(node: OnnxNode): void {
    const { opType, inputs, outputs, attributes, bytes } = node;
    const [out = ''] = outputs;
    const isNumber = (name: string): boolean => this.real.has(name) || this.sums.has(name);
    const other = this.folded.get(out);
    if (other !== undefined) {
      this.writer.node('Identity', [other], {}, out);
      return;
    }
    const read = inputs.filter(isNumber);
    const inner = attributes.captured.some(isNumber);
    if (!inner && (!read.length || measuring.test(opType))) {
      this.writer.nodes.push(bytes);
      return;
    }
    if (!inner && read.length && this.sums.has(read[0]!)) return this.afterSum(node);
    const first = this.real.get(read[0] ?? '');
    if (inner || !first || !moving.test(opType) || node.domain !== '') throw this.refusal(node);
    const isJoined = /^(Concat|Max|Min)$/.test(opType);
    const values = inputs.map((name, i) => {
      const isData = isJoined || i === 0;
      if (isData && !this.real.has(name)) return this.value(name, first.scale, first.zero, node);
      return opType === 'Pad' && i === 2 && name ? this.value(name, first.scale, first.zero, node) : name;
    });
    this.write(node, values);
    for (const name of outputs) if (name) this.real.set(name, first);
  }

  /** A node that reads a sum of products of integers: a cast to floats, or a sum with a bias. */
  private afterSum(node: OnnxNode): void {
    const { opType, inputs, outputs, domain } = node;
    if (domain !== '') throw this.refusal(node);
    if (opType === 'Cast') {
      this.writer.node('Identity', [inputs[0]!], {}, outputs[0]);
      return;
    }
    if (!/^(Add|Sub|Reshape|Transpose|Flatten|Squeeze|Unsqueeze|Identity)$/.test(opType)) throw this.refusal(node);
    const values = inputs.map((name, i) => {
      if (this.sums.has(name) || (i > 0 && !/^(Add|Sub)$/.test(opType))) return name;
      const constant = constantOf(this.file, name)?.read();
      if (!constant) throw this.refusal(node);
      return this.float(`${name}_float`, constant.shape, toNumbers(constant.data, constant.dtype));
    });
    this.write(node, values);
    this.sums.add(outputs[0]!);
  }

  private refusal({ name, opType }: OnnxNode): Error {
    return new Error(
      `Node "${name}" (${opType}) computes with quantised numbers in a way that cannot be expressed in floats. Use the network as it was before it was quantised.`,
    );
  }

  /** Limits a value to the range in which it was quantised. */
  private limit(x: string, out: string, by: Quantity, isTyped = false): void {
    const [scale, zero] = [this.numbers(by.scale), this.numbers(by.zero)];
    const constant = by.zero ? constantOf(this.file, by.zero)?.read() : undefined;
    const range = isTyped || smallTypeIn(constant) ? undefined : ranges[constant?.dtype ?? 'uint8'];
    this.real.set(out, by);
    if (!scale || scale.length !== 1 || !range || (by.zero && !zero) || constantOf(this.file, x)) {
      this.writer.node('Identity', [x], {}, out);
      return;
    }
    const dtype = constantOf(this.file, by.scale)!.read().dtype;
    const [least, most] = range.map((end) => (end - (zero?.[0] ?? 0)) * scale[0]!) as [number, number];
    if (this.file.opsets.get('')! < 11) this.writer.node('Clip', [x], { min: float(least), max: float(most) }, out);
    else
      this.writer.node(
        'Clip',
        [x, this.float('least', [], [least], dtype), this.float('most', [], [most], dtype)],
        {},
        out,
      );
  }

  private dynamic(x: string, [out = '', scale = '', zero = '']: readonly string[]): void {
    this.writer.node('Identity', [x], {}, out);
    this.real.set(out, { scale, zero });
    this.units.add(scale);
    if (scale) this.writer.constants.set(scale, { shape: [], dtype: 'float32', data: Float32Array.of(1) });
    if (zero) this.writer.constants.set(zero, { shape: [], dtype: 'uint8', data: Uint8Array.of(0) });
  }

  private dequantize(node: OnnxNode): void {
    const { inputs, outputs, attributes } = node;
    const [x = '', scale = '', zero = ''] = inputs;
    const [out = ''] = outputs;
    if (this.sums.has(x)) {
      this.writer.node('Mul', [x, scale], {}, out);
      return;
    }
    const constant = constantOf(this.file, x)?.read();
    if (constant && !this.real.has(x) && this.numbers(scale)) {
      const axis = attributes.int('axis', 1);
      const { shape, values, dtype } = this.realNumbers(
        constant,
        { scale, zero },
        axis,
        attributes.int('block_size', 0),
      );
      this.writer.constants.set(out, { shape, dtype, data: toArray(values, dtype) });
      return;
    }
    const moved = this.real.has(x) ? x : this.moved(x, { scale, zero });
    if (moved !== undefined) this.writer.node('Identity', [moved], {}, out);
    else this.write(node, inputs); // integers that are computed, as tokens are
  }

  /** The floats of integers that were moved before they are dequantised, such as rows of a table. */
  private moved(x: string, by: Quantity): string | undefined {
    const maker = this.makers.get(x);
    if (!maker || !moving.test(maker.opType) || this.numbers(by.scale)?.length !== 1) return undefined;
    const [from = '', ...others] = maker.inputs;
    const constant = constantOf(this.file, from)?.read();
    const values = constant && this.realNumbers(constant, by, 0);
    const data = values ? this.float(`${from}_float`, values.shape, values.values, values.dtype) : this.moved(from, by);
    if (data === undefined) return undefined;
    const attributes = NodeProto.decode(maker.bytes).attribute ?? [];
    const out = this.writer.unique(`${x}_float`);
    this.writer.nodes.push(
      NodeProto.encode({ opType: maker.opType, input: [data, ...others], output: [out], attribute: attributes }),
    );
    return out;
  }

  /** A quantised value as floats. @param axis of its scales, if it is constant and has several */
  private value(name: string, scale: string, zero: string, node: OnnxNode, axis = 0): string {
    if (this.real.has(name)) return name;
    const constant = constantOf(this.file, name)?.read();
    if (!constant || !this.numbers(scale)) throw this.refusal(node);
    const key = [name, scale, zero, axis].join('\0');
    const known = this.written.get(key);
    if (known !== undefined) return known;
    const { shape, values, dtype } = this.realNumbers(constant, { scale, zero }, axis);
    const made = this.float(`${name}_float`, shape, values, dtype);
    this.written.set(key, made);
    return made;
  }

  /** (x − zero point) · scale */
  private realNumbers(
    constant: HostArray,
    { scale, zero }: Quantity,
    axis: number,
    block = 0,
  ): { shape: readonly number[]; values: ArrayLike<number>; dtype: DType } {
    const { shape } = constant;
    const [factors, offsets] = [this.numbers(scale)!, this.numbers(zero)];
    const { dtype, shape: scaleShape } = constantOf(this.file, scale)!.read();
    const place = axis < 0 ? axis + shape.length : axis;
    const inner = sizeOf(shape.slice(place + 1));
    const size = shape[place] ?? 1;
    const blocks = block > 0 ? Math.ceil(size / block) : size;
    const at = (list: readonly number[] | undefined, i: number): number => {
      if (!list) return 0;
      if (list.length === 1) return list[0]!;
      const k = Math.floor(i / inner) % size;
      if (block > 0)
        return list[(Math.floor(i / (inner * size)) * blocks + Math.floor(k / block)) * inner + (i % inner)]!;
      return list.length === constant.data.length && scaleShape.length > 1 ? list[i]! : list[k]!;
    };
    const isFit = (list: readonly number[] | undefined): boolean =>
      !list ||
      list.length === 1 ||
      (block > 0
        ? list.length === (sizeOf(shape) / size) * blocks
        : list.length === size || list.length === sizeOf(shape));
    if (!isFit(factors) || !isFit(offsets))
      throw new Error(`The scales "${scale}" or zero points do not match integers of [${shape.join(', ')}].`);
    return {
      shape,
      values: Float64Array.from(integersOf(constant), (one, i) => (one - at(offsets, i)) * at(factors, i)),
      dtype: isFloat(dtype) ? dtype : 'float32',
    };
  }

  private convolution(node: OnnxNode): void {
    const [x = '', sx = '', zx = '', w = '', sw = '', zw = '', scale = '', zero = '', bias] = node.inputs;
    const inputs = [this.value(x, sx, zx, node), this.value(w, sw, zw, node, 0)];
    if (bias) inputs.push(this.bias(bias, sx, sw, node));
    const out = this.writer.unique(`${node.outputs[0]!}_conv`);
    this.write(node, inputs, { opType: 'Conv', outputs: [out] });
    this.limit(out, node.outputs[0]!, { scale, zero });
  }

  /** An integer bias, whose scale is the product of those of the factors. */
  private bias(name: string, sx: string, sw: string, node: OnnxNode): string {
    const constant = constantOf(this.file, name)?.read();
    const [one, each] = [this.numbers(sx), this.numbers(sw)];
    if (!constant || one?.length !== 1 || !each) throw this.refusal(node);
    const values = toNumbers(constant.data, constant.dtype);
    return this.float(
      `${name}_float`,
      constant.shape,
      values.map((value, i) => value * one[0]! * each[each.length === 1 ? 0 : i % each.length]!),
    );
  }

  private gemm(node: OnnxNode): void {
    const [a = '', sa = '', za = '', b = '', sb = '', zb = '', bias = '', scale = '', zero = ''] = node.inputs;
    const { attributes, outputs } = node;
    const alpha = attributes.float('alpha', 1);
    const isTurned = attributes.int('transB', 0) === 1;
    const inputs = [this.value(a, sa, za, node), this.value(b, sb, zb, node, isTurned ? 0 : -1)];
    if (bias) {
      const own = this.bias(bias, sa, sb, node);
      inputs.push(alpha === 1 ? own : this.writer.node('Mul', [own, this.float('alpha', [], [alpha])]));
    }
    const out = scale ? this.writer.unique(`${outputs[0]!}_gemm`) : outputs[0]!;
    this.write(node, inputs, { opType: 'Gemm', domain: '', outputs: [out] });
    if (scale) this.limit(out, outputs[0]!, { scale, zero });
  }

  private product(a: string, b: string, bias: string, out: string): void {
    if (bias) this.writer.node('Add', [this.writer.node('MatMul', [a, b]), bias], {}, out);
    else this.writer.node('MatMul', [a, b], {}, out);
  }

  /** The attention of onnxruntime, of integers. */
  private attention(node: OnnxNode): void {
    const [x = '', w = '', bias = '', sx = '', sw = '', mask = '', zx = '', zw = '', past = ''] = node.inputs;
    const inputs = [this.value(x, sx, zx, node), this.value(w, sw, zw, node, -1), bias, mask, past];
    while (inputs.at(-1) === '') inputs.pop();
    this.write(node, inputs, { opType: 'Attention' });
  }

  /** An operator of onnxruntime on one quantised value. */
  private unary(node: OnnxNode): void {
    const { opType, inputs, outputs, attributes } = node;
    const [x = '', sx = '', zx = '', scale = '', zero = ''] = inputs;
    const from = this.value(x, sx, zx, node);
    const kind = opType.slice('QLinear'.length);
    const out = this.writer.unique(`${outputs[0]!}_${kind}`);
    if (kind === 'Sigmoid') this.writer.node(kind, [from], {}, out);
    else if (kind === 'LeakyRelu')
      this.writer.node(kind, [from], { alpha: float(attributes.float('alpha', 0.01)) }, out);
    else if (kind === 'GlobalAveragePool' && !attributes.int('channels_last', 0))
      this.writer.node(kind, [from], {}, out);
    else if (kind === 'AveragePool' && !attributes.int('channels_last', 0))
      this.write(node, [from], { opType: kind, domain: '', outputs: [out], without: ['channels_last'] });
    else if (kind === 'Softmax' && attributes.int('opset', 13) >= 13 && this.file.opsets.get('')! >= 13)
      this.writer.node(kind, [from], { axis: attributes.int('axis', -1) }, out);
    else throw this.refusal(node);
    this.limit(out, outputs[0]!, { scale, zero });
  }

  /** A product of integers without scales. Those of constant weights are folded into them where the product is multiplied by its scales next. */
  private integerProduct(node: OnnxNode): void {
    const { opType, inputs, outputs } = node;
    const isConv = opType === 'ConvInteger';
    const [a = '', b = '', , zb = ''] = inputs;
    const out = outputs[0]!;
    const weight = constantOf(this.file, b)?.read();
    const values = [this.steps(a, node)];
    if (weight) {
      const zero = this.numbers(zb);
      const scales = this.scalesAfter(out, a);
      const axis = isConv ? 0 : weight.shape.length - 1;
      const inner = sizeOf(weight.shape.slice(axis + 1));
      const size = weight.shape[axis] ?? 1;
      const at = (list: readonly number[] | undefined, i: number, none: number): number =>
        !list ? none : list[list.length === 1 ? 0 : Math.floor(i / inner) % size]!;
      const isFit = scales && (scales.values.length === 1 || scales.values.length === size);
      if (isFit) this.folded.set(scales.product, scales.other);
      const factors = isFit ? scales.values : undefined;
      if (zero && zero.length !== 1 && zero.length !== size) throw this.refusal(node);
      const floats = Float64Array.from(integersOf(weight), (one, i) => (one - at(zero, i, 0)) * at(factors, i, 1));
      values.push(this.float(`${b}_float`, weight.shape, floats));
    } else values.push(this.steps(b, node));
    this.write(node, values, { opType: isConv ? 'Conv' : 'MatMul' });
    this.sums.add(out);
  }

  /** A quantised value in steps of its scale from its zero point. */
  private steps(name: string, node: OnnxNode): string {
    const by = this.real.get(name);
    if (!by) throw this.refusal(node);
    return this.units.has(by.scale) ? name : this.writer.node('Div', [name, by.scale]);
  }

  /** The constant scales that multiply a sum, together with the scale of its dynamically quantised factor. */
  private scalesAfter(
    sum: string,
    factor: string,
  ): { readonly values: readonly number[]; readonly product: string; readonly other: string } | undefined {
    const by = this.real.get(factor);
    if (!by || !this.units.has(by.scale)) return undefined;
    let [value, reader] = [sum, this.readerOf(sum)];
    if (reader?.opType === 'Cast') [value, reader] = [reader.outputs[0]!, this.readerOf(reader.outputs[0]!)];
    if (reader?.opType !== 'Mul') return undefined;
    const scale = reader.inputs.find((name) => name !== value) ?? '';
    const maker = this.makers.get(scale);
    if (maker?.opType !== 'Mul' || !maker.inputs.includes(by.scale)) return undefined;
    const values = this.numbers(maker.inputs.find((name) => name !== by.scale) ?? '');
    return values && { values, product: reader.outputs[0]!, other: value };
  }

  private numbers(name: string): number[] | undefined {
    const constant = name ? constantOf(this.file, name)?.read() : undefined;
    return constant && toNumbers(constant.data, constant.dtype);
  }

  private float(wanted: string, shape: readonly number[], values: ArrayLike<number>, dtype: DType = 'float32'): string {
    return this.writer.constant({ shape, dtype, data: toArray(values, dtype) }, wanted);
  }

  /** Writes a node with other inputs. */
  private write(
    { bytes }: OnnxNode,
    inputs: readonly string[],
    {
      opType,
      domain,
      outputs,
      without = [],
    }: { opType?: string; domain?: string; outputs?: readonly string[]; without?: readonly string[] } = {},
  ): void {
    const proto = NodeProto.decode(bytes);
    this.writer.nodes.push(
      NodeProto.encode({
        ...proto,
        input: [...inputs],
        attribute: (proto.attribute ?? []).filter(({ name }) => !without.includes(name ?? '')),
        ...(opType !== undefined && { opType }),
        ...(domain !== undefined && { domain }),
        ...(outputs && { output: [...outputs] }),
      }),
    );
  }
}
