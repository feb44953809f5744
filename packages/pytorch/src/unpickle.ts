import { showValue } from './show-value.ts';

// The opcodes of https://github.com/python/cpython/blob/main/Lib/pickletools.py that pickle writes in protocols 2 to 5.

/** A Python tuple. Lists are arrays, and dicts are maps. */
export class Tuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A function that a pickle may call; its arguments come from the file. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/** A Python value that is not a tensor and is not read any further. */
export class Opaque {
  readonly kind: string;

  constructor(kind: string) {
    this.kind = kind;
  }
}

/** Options of {@link unpickle}. */
export interface UnpickleOptions {
  /** The value of a function or class by its name, such as `torch.FloatStorage`. @throws if the file may not use it */
  readonly find: (name: string) => unknown;
  /** The value of a persistent id, which refers to data outside of the pickle. */
  readonly load: (id: readonly unknown[]) => unknown;
  /** An error for bytes that are not a valid pickle. */
  readonly broken: (why: string) => Error;
  /** Where the pickle begins; default 0. */
  readonly start?: number;
}

/** Limits on what a pickle may contain, far above those of large networks with their optimizer. */
const [mostOpcodes, mostNesting, mostInteger] = [4_000_000, 1000, 64];

/**
 * Reads one pickle without running any code: only functions that `find` returns are called.
 * @returns its value, and where it ends
 * @throws if the bytes are not a pickle, or use a function, class or opcode that is not known
 */
export function unpickle(
  bytes: Uint8Array,
  { find, load, broken, start = 0 }: UnpickleOptions,
): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let at = start;

  const take = (length: number): number => {
    if (length > bytes.length - at) throw broken(`ends within a value, at byte ${at}`);
    at += length;
    return at - length;
  };
  const pop = (): unknown => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw broken(`takes a value that it has not made, at byte ${at}`);
    return stack.pop();
  };
  const popMark = (): unknown[] => {
    const mark = marks.pop();
    if (mark === undefined) throw broken(`ends a list that it has not begun, at byte ${at}`);
    return stack.splice(mark);
  };
  const top = <T>(type: new (...args: never[]) => T, what: string): T => {
    const value = stack.length > (marks.at(-1) ?? 0) ? stack.at(-1) : undefined;
    if (!(value instanceof type)) throw broken(`adds items to a value that is not ${what}, at byte ${at}`);
    return value;
  };
  const recall = (index: number): unknown => {
    if (!memo.has(index)) throw broken(`recalls value ${index}, which it has not kept, at byte ${at}`);
    return memo.get(index);
  };
  const remember = (index: number): void => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw broken(`keeps a value that it has not made, at byte ${at}`);
    memo.set(index, stack.at(-1));
  };
  const length64 = (): number => {
    const length = view.getBigUint64(take(8), true);
    if (length > BigInt(bytes.length)) throw broken(`has a value of ${length} bytes at byte ${at}`);
    return Number(length);
  };
  const textOf = (length: number): string => {
    const from = take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, at));
    } catch {
      throw broken(`has a text that is not UTF-8, at byte ${from}`);
    }
  };
  const bytesOf = (length: number): Uint8Array => new Uint8Array(bytes.subarray(take(length), at));
  const lineOf = (): string => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0 || end - at > 1000) throw broken(`has a name without an end, at byte ${at}`);
    const line = textOf(end - at);
    take(1);
    return line;
  };
  const integer = (length: number): number | bigint => {
    if (length > mostInteger) throw broken(`has an integer of ${length} bytes, at byte ${at}`);
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]!);
    return smallest(BigInt.asIntN(8 * length, value));
  };
  const addPairs = (dict: Map<unknown, unknown>, items: readonly unknown[]): void => {
    if (items.length % 2) throw broken(`has a key without a value, at byte ${at}`);
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  };
  const called = (args: unknown, callee: unknown): unknown => {
    if (!(callee instanceof Callable)) throw broken(`calls a value that cannot be called, at byte ${at}`);
    if (!(args instanceof Tuple)) throw broken(`calls ${callee.name} without a tuple of arguments, at byte ${at}`);
    return callee.call(args.items);
  };
  const found = (module: unknown, name: unknown): unknown => {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw broken(`has a name that is not a text, at byte ${at}`);
    return find(`${module}.${name}`);
  };
  const loaded = (id: unknown): unknown => {
    if (!(id instanceof Tuple)) throw broken(`refers to ${showValue(id)} outside of it, at byte ${at}`);
    return load(id.items);
  };
  /** Python keeps the attributes of an object here. Those of dicts, such as the versions of layers, are not read. */
  const build = (state: unknown): void => {
    const value = stack.at(-1);
    if (!(value instanceof Map || value instanceof Opaque) || stack.length <= (marks.at(-1) ?? 0))
      throw broken(`sets attributes of a value that has none, at byte ${at}`);
    void state;
  };

  for (let count = 0; ; count++) {
    if (count >= mostOpcodes) throw broken(`has more than ${mostOpcodes} opcodes`);
    const opcode = bytes[take(1)]!;
    // prettier-ignore
    switch (opcode) {
      case 0x80: { // PROTO
        const protocol = bytes[take(1)]!;
        if (protocol < 2 || protocol > 5) throw broken(`uses protocol ${protocol}, but 2 to 5 are read`);
        break;
      }
      case 0x95: view.getBigUint64(take(8), true); break; // FRAME: only a hint for buffering
      case 0x28: // MARK
        if (marks.length >= mostNesting) throw broken(`nests values more than ${mostNesting} deep`);
        marks.push(stack.length);
        break;
      case 0x2e: { // STOP
        const value = pop();
        if (stack.length || marks.length) throw broken(`ends with values left over, at byte ${at}`);
        return { value, end: at };
      }
      case 0x30: pop(); break; // POP
      case 0x31: popMark(); break; // POP_MARK
      case 0x32: { const value = pop(); stack.push(value, value); break; } // DUP
      case 0x4e: stack.push(null); break; // NONE
      case 0x88: stack.push(true); break; // NEWTRUE
      case 0x89: stack.push(false); break; // NEWFALSE
      case 0x4a: stack.push(view.getInt32(take(4), true)); break; // BININT
      case 0x4b: stack.push(bytes[take(1)]); break; // BININT1
      case 0x4d: stack.push(view.getUint16(take(2), true)); break; // BININT2
      case 0x8a: stack.push(integer(bytes[take(1)]!)); break; // LONG1
      case 0x8b: { // LONG4
        const length = view.getInt32(take(4), true);
        if (length < 0) throw broken(`has an integer of ${length} bytes, at byte ${at}`);
        stack.push(integer(length));
        break;
      }
      case 0x47: stack.push(view.getFloat64(take(8), false)); break; // BINFLOAT
      case 0x8c: stack.push(textOf(bytes[take(1)]!)); break; // SHORT_BINUNICODE
      case 0x58: stack.push(textOf(view.getUint32(take(4), true))); break; // BINUNICODE
      case 0x8d: stack.push(textOf(length64())); break; // BINUNICODE8
      case 0x43: stack.push(bytesOf(bytes[take(1)]!)); break; // SHORT_BINBYTES
      case 0x42: stack.push(bytesOf(view.getUint32(take(4), true))); break; // BINBYTES
      case 0x8e: case 0x96: stack.push(bytesOf(length64())); break; // BINBYTES8, BYTEARRAY8
      case 0x55: stack.push(textOf(bytes[take(1)]!)); break; // SHORT_BINSTRING, the texts of Python 2
      case 0x29: stack.push(new Tuple([])); break; // EMPTY_TUPLE
      case 0x85: stack.push(new Tuple([pop()])); break; // TUPLE1
      case 0x86: { const b = pop(); stack.push(new Tuple([pop(), b])); break; } // TUPLE2
      case 0x87: { const c = pop(); const b = pop(); stack.push(new Tuple([pop(), b, c])); break; } // TUPLE3
      case 0x74: { const items = popMark(); stack.push(new Tuple(items)); break; } // TUPLE
      case 0x5d: stack.push([]); break; // EMPTY_LIST
      case 0x61: { const item = pop(); top(Array, 'a list').push(item); break; } // APPEND
      case 0x65: { const items = popMark(); const list = top(Array, 'a list'); for (const item of items) list.push(item); break; } // APPENDS
      case 0x6c: { const items = popMark(); stack.push(items); break; } // LIST
      case 0x7d: stack.push(new Map()); break; // EMPTY_DICT
      case 0x64: { const items = popMark(); const dict = new Map(); addPairs(dict, items); stack.push(dict); break; } // DICT
      case 0x73: { const value = pop(); const key = pop(); top(Map, 'a dict').set(key, value); break; } // SETITEM
      case 0x75: { const items = popMark(); addPairs(top(Map, 'a dict'), items); break; } // SETITEMS
      case 0x8f: stack.push(new Opaque('set')); break; // EMPTY_SET
      case 0x90: popMark(); top(Opaque, 'a set'); break; // ADDITEMS
      case 0x91: popMark(); stack.push(new Opaque('frozenset')); break; // FROZENSET
      case 0x68: stack.push(recall(bytes[take(1)]!)); break; // BINGET
      case 0x6a: stack.push(recall(view.getUint32(take(4), true))); break; // LONG_BINGET
      case 0x71: remember(bytes[take(1)]!); break; // BINPUT
      case 0x72: remember(view.getUint32(take(4), true)); break; // LONG_BINPUT
      case 0x94: remember(memo.size); break; // MEMOIZE
      case 0x63: { const module = lineOf(); stack.push(found(module, lineOf())); break; } // GLOBAL
      case 0x93: { const name = pop(); stack.push(found(pop(), name)); break; } // STACK_GLOBAL
      case 0x52: case 0x81: { const args = pop(); stack.push(called(args, pop())); break; } // REDUCE, NEWOBJ
      case 0x62: build(pop()); break; // BUILD
      case 0x51: stack.push(loaded(pop())); break; // BINPERSID
      default:
        throw broken(`has the opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${at - 1}, which PyTorch does not write`);
    }
  }
}

const smallest = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};
