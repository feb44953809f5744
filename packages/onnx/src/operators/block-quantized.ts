import { add, type HostArray, js, matmul, tensor, type Tensor, upload } from '@graft/tensor';
import { checkListed, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

const domain = 'com.microsoft';
type Inputs = readonly (Tensor | undefined)[];

/** Weights that were unpacked, by the tensor that packs them. */
const unpacked = new WeakMap<Tensor, HostArray>();

/** The numbers of a few bits in bytes, lowest bits first, in rows of whole bytes. */
function bitsOf(bytes: readonly number[], bits: number, rows: number, columns: number): number[] {
  const [perByte, mask] = [8 / bits, 2 ** bits - 1];
  const width = Math.ceil(columns / perByte);
  if (bytes.length < rows * width)
    throw new Error(`it has ${bytes.length} bytes of weights, but needs ${rows * width}.`);
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return (bytes[row * width + Math.floor(column / perByte)]! >> (bits * (column % perByte))) & mask;
  });
}

/** Weights [K, N] of a product, which are stored in blocks along K with a scale and a zero point each. */
function weightsOf([, packed, scales, zeros, order]: Inputs, { attributes }: OperatorNode): HostArray {
  const [k, n, bits, size] = [
    attributes.int('K'),
    attributes.int('N'),
    attributes.int('bits', 4),
    attributes.int('block_size'),
  ];
  if (bits !== 2 && bits !== 4 && bits !== 8) throw new Error(`weights of ${bits} bits are not supported.`);
  if (order) throw new Error('weights in groups of their own (g_idx) are not supported.');
  checkListed([k, n]);
  const blocks = Math.ceil(k / size);
  const steps = bitsOf(numbersOf(packed!, 'weights'), bits, n * blocks, size);
  const factors = numbersOf(scales!, 'scales');
  const isPacked = zeros?.dtype === 'uint8';
  const given = zeros && numbersOf(zeros, 'zero points');
  const offsets = given && isPacked ? bitsOf(given, bits, n, blocks) : given;
  const data = new Float32Array(k * n);
  for (let row = 0; row < n; row++)
    for (let i = 0; i < k; i++) {
      const block = row * blocks + Math.floor(i / size);
      data[i * n + row] = (steps[block * size + (i % size)]! - (offsets?.[block] ?? 2 ** (bits - 1))) * factors[block]!;
    }
  return { shape: [k, n], dtype: 'float32', data };
}

/** A product with weights of 2, 4 or 8 bits. Inputs: x, weights, scales, zero points, order, bias. */
function product(inputs: Inputs, node: OperatorNode): Tensor {
  const [x, packed, , , , bias] = inputs;
  let weights = unpacked.get(packed!);
  if (!weights) unpacked.set(packed!, (weights = weightsOf(inputs, node)));
  const placed = upload(
    tensor(weights.data, { shape: weights.shape, dtype: 'float32', backend: js }),
    x!.backend.trace ? js : x!.backend,
  );
  const y = matmul(x!, placed);
  return bias ? add(y, bias) : y;
}

/** Operators on weights that are quantised in blocks, as large language models have them. */
export const blockQuantizedOperators: readonly OnnxOperator[] = [
  operator('MatMulNBits', 1, product, { domain, inputs: [3, 6], steering: [1, 2, 3, 4] }),
];
