import type { WasmMemory } from './web-assembly.ts';

const PAGE = 65536;
const LINE = 64;
/** Pages taken from the system at a time, at least: 16 MiB. */
const STEP = 256;
/** Constants of the kernels lie below. */
const BASE = 2 * PAGE;

/** A piece of linear memory, and how many tensors share it. */
export interface WasmBuffer {
  /** Address in bytes, a multiple of 64. */
  readonly pointer: number;
  readonly bytes: number;
  references: number;
}

/**
 * The allocator of one linear memory: size classes (four to each power of two) with a free list each. A buffer has at least 64
 * bytes to spare behind its end, because vector loads may read beyond it.
 */
export class Heap {
  readonly memory: WasmMemory;
  readonly #maximum: number;
  /** Addresses of free pieces by their size in lines. */
  readonly #free = new Map<number, number[]>();
  /** Everything from here on is untouched. */
  #top = BASE;
  #limit: number;
  #buffers = 0;
  #bytes = 0;
  #views: Views;

  /** @param maximum bytes that the memory may grow to */
  constructor(memory: WasmMemory, maximum: number) {
    this.memory = memory;
    this.#maximum = maximum;
    this.#limit = memory.buffer.byteLength;
    this.#views = viewsOf(memory.buffer);
  }

  /** Live views of the whole memory, made anew after it has grown. */
  get views(): Views {
    const { buffer } = this.memory;
    if (buffer !== this.#views.buffer) this.#views = viewsOf(buffer);
    return this.#views;
  }

  /** Buffers and bytes in use, and bytes taken from the system. */
  get use(): { buffers: number; bytes: number; reserved: number } {
    return { buffers: this.#buffers, bytes: this.#bytes, reserved: this.#limit };
  }

  /**
   * A buffer with any contents.
   * @throws if the memory is full
   */
  allocate(bytes: number): WasmBuffer {
    const pointer = this.take(bytes);
    this.#buffers++;
    this.#bytes += bytes;
    return { pointer, bytes, references: 1 };
  }

  retain(buffer: WasmBuffer): void {
    buffer.references++;
  }

  release(buffer: WasmBuffer): void {
    if (buffer.references === 0)
      throw new Error(`A buffer of ${buffer.bytes} bytes was released more often than it was taken.`);
    if (--buffer.references > 0) return;
    this.#buffers--;
    this.#bytes -= buffer.bytes;
    this.give(buffer.pointer, buffer.bytes);
  }

  /** Memory that is nobody's tensor, such as scratch: not counted as used. */
  take(bytes: number): number {
    const lines = classOf(bytes);
    return this.#free.get(lines)?.pop() ?? this.#cut(lines) ?? this.#borrow(lines) ?? this.#full(bytes);
  }

  /** Gives back what `take` gave for as many bytes. */
  give(pointer: number, bytes: number): void {
    this.#keep(pointer, classOf(bytes));
  }

  #keep(pointer: number, lines: number): void {
    const list = this.#free.get(lines);
    if (list) list.push(pointer);
    else this.#free.set(lines, [pointer]);
  }

  /** From the untouched end, growing the memory where needed. */
  #cut(lines: number): number | undefined {
    const pointer = this.#top;
    const end = pointer + lines * LINE;
    if (end > this.#maximum) return undefined;
    if (end > this.#limit) {
      const most = (this.#maximum - this.#limit) / PAGE;
      const pages = Math.min(most, Math.max(STEP, Math.ceil((end - this.#limit) / PAGE)));
      try {
        this.memory.grow(Math.floor(pages));
      } catch {
        return undefined; // the system has no more: as good as full
      }
      this.#limit = this.memory.buffer.byteLength;
    }
    this.#top = end;
    return pointer;
  }

  /** Where nothing untouched is left: joins free neighbours and cuts a piece from them. */
  #borrow(lines: number): number | undefined {
    const pieces = [...this.#free]
      .flatMap(([size, pointers]) => pointers.map((pointer) => ({ pointer, lines: size })))
      .sort((a, b) => a.pointer - b.pointer);
    const joined: typeof pieces = [];
    for (const piece of pieces) {
      const last = joined.at(-1);
      if (last && last.pointer + last.lines * LINE === piece.pointer) last.lines += piece.lines;
      else joined.push({ ...piece });
    }
    this.#free.clear();
    const last = joined.at(-1);
    if (last && last.pointer + last.lines * LINE === this.#top) {
      this.#top = last.pointer;
      joined.pop();
    }
    // The smallest that fits, so large ones stay whole.
    const best = joined.filter((piece) => piece.lines >= lines).sort((a, b) => a.lines - b.lines)[0];
    for (const piece of joined) {
      const from = piece === best ? lines : 0;
      this.#split(piece.pointer + from * LINE, piece.lines - from);
    }
    return best?.pointer ?? this.#cut(lines);
  }

  /** A joined piece as pieces of the size classes, the largest first. */
  #split(pointer: number, lines: number): void {
    while (lines > 0) {
      const part = floorClass(lines);
      this.#keep(pointer, part);
      pointer += part * LINE;
      lines -= part;
    }
  }

  #full(bytes: number): never {
    throw new Error(
      `The WebAssembly memory is full: ${mebibytes(bytes)} are wanted, ${mebibytes(this.#bytes)} in ${this.#buffers} buffers are held, and ${mebibytes(this.#maximum)} is the most there can be. ` +
        'Lower the batch size, or free intermediate tensors with scope().',
    );
  }
}

export interface Views {
  readonly buffer: ArrayBufferLike;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
}
const viewsOf = (buffer: ArrayBufferLike): Views => ({
  buffer,
  int32: new Int32Array(buffer),
  float32: new Float32Array(buffer),
});

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Lines of the smallest class for so many bytes and the spare line: n rounded up to three significant bits. */
function classOf(bytes: number): number {
  const lines = Math.ceil(bytes / LINE) + 1;
  const shift = Math.max(0, 29 - Math.clz32(lines - 1));
  return (((lines - 1) >> shift) + 1) << shift;
}

/** Lines of the largest class that fits: n rounded down to three significant bits. */
function floorClass(lines: number): number {
  const shift = Math.max(0, 29 - Math.clz32(lines));
  return (lines >> shift) << shift;
}
