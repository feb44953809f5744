import { type DType, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import type { KernelName } from '../exports.ts';
import { broadcastPlan } from './broadcast.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

type ByDType = Partial<Record<DType, KernelName>>;

const equal: ByDType = { float32: 'equalFloat', int32: 'equalInt', bool: 'equalByte', uint8: 'equalByte' };
const less: ByDType = { float32: 'lessFloat', int32: 'lessInt' };
const lessEqual: ByDType = { float32: 'lessEqualFloat', int32: 'lessEqualInt' };
const casts: Partial<Record<DType, ByDType>> = {
  float32: { int32: 'floatToInt', bool: 'floatToBool' },
  int32: { float32: 'intToFloat', bool: 'intToBool' },
  bool: { float32: 'byteToFloat', int32: 'byteToInt' },
  uint8: { float32: 'byteToFloat', int32: 'byteToInt' },
};

/** Parts start at whole pages. */
const GRAIN = 4096;

/** Comparisons, logic, and conversions between float32, int32 and bool. */
export function comparison(engine: Engine): KernelEntries {
  const pairs =
    (names: ByDType, exchanged = false): WasmKernel =>
    (inputs, _attrs, out) => {
      const [a, b] = exchanged ? inputs.toReversed() : inputs;
      const name = names[a!.dtype];
      if (!name || sizeOf(out.shape) === 0) return undefined;
      const y = engine.output(out, 1);
      const [plan, units] = broadcastPlan(a!.shape, b!.shape, out.shape, name.endsWith('Byte') ? 1 : 4);
      engine.run(
        name,
        units,
        sizeOf(out.shape) * 0.4,
        [engine.plan(plan), a!.data.pointer, b!.data.pointer, y.pointer],
        plan[2] === 0 ? GRAIN : 1,
      );
      return y;
    };
  const each =
    (nameOf: (from: DType, to: DType) => KernelName | undefined): WasmKernel =>
    ([x], _attrs, out) => {
      const name = nameOf(x!.dtype, out.dtype);
      const size = sizeOf(out.shape);
      if (!name || size === 0) return undefined;
      const y = engine.output(out, out.dtype === 'bool' ? 1 : 4);
      engine.run(name, size, size * 0.4, [x!.data.pointer, y.pointer], GRAIN);
      return y;
    };
  return [
    ['equal', pairs(equal)],
    ['less', pairs(less)],
    ['lessEqual', pairs(lessEqual)],
    ['greater', pairs(less, true)],
    ['greaterEqual', pairs(lessEqual, true)],
    ['and', pairs({ bool: 'andByte' })],
    ['or', pairs({ bool: 'orByte' })],
    ['xor', pairs({ bool: 'xorByte' })],
    ['not', each((from) => (from === 'bool' ? 'notByte' : undefined))],
    ['isNaN', each((from) => (from === 'float32' ? 'isNaNFloat' : undefined))],
    ['cast', each((from, to) => casts[from]?.[to])],
  ];
}
