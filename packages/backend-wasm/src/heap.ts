import type { WasmMemory } from './web-assembly.ts';

const PAGE = 65536;
const LINE = 64;
/** Minimum number of pages to allocate from the system at a time: 16 MiB. */
const STEP = 256;
/** Kernel constants are below this address. */
const BASE = 2 * PAGE;

/** A block of linear memory, with a reference count. */
export interface WasmBuffer {
  /** Address in bytes, a multiple of 64. */
  readonly pointer: number;
  readonly bytes: number;
  references: number;
}

/**
 * The allocator of one linear memory: size classes (four to each power of two) with a free list each. A buffer has at least 64
 * spare bytes after its end, because vector loads may read beyond it.
 */
export class Heap {
  readonly memory: WasmMemory;
  readonly #maximum: number;
  /** Addresses of free blocks by size in lines. */
  readonly #free = new Map<number, number[]>();
  /** Everything from here is unused. */
  #top = BASE;
  #limit: number;
  #buffers = 0;
  #bytes = 0;
  #views: Views;

  /** @param maximum maximum size of the memory in bytes */
  constructor(memory: WasmMemory, maximum: number) {
    this.memory = memory;
    this.#maximum = maximum;
    this.#limit = memory.buffer.byteLength;
    this.#views = viewsOf(memory.buffer);
  }

  /** Live views of the whole memory, recreated after it has grown. */
  get views(): Views {
    const { buffer } = this.memory;
    if (buffer !== this.#views.buffer) this.#views = viewsOf(buffer);
    return this.#views;
  }

  /** Buffers and bytes in use, and bytes allocated from the system. */
  get use(): { buffers: number; bytes: number; reserved: number } {
    return { buffers: this.#buffers, bytes: this.#bytes, reserved: this.#limit };
  }

  /**
   * Allocates an uninitialised buffer.
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
      throw new Error(`A buffer of ${buffer.bytes} bytes was released more often than it was retained.`);
    if (--buffer.references > 0) return;
    this.#buffers--;
    this.#bytes -= buffer.bytes;
    this.give(buffer.pointer, buffer.bytes);
  }

  /** Allocates memory that is not a tensor, such as scratch; not counted as used. */
  take(bytes: number): number {
    if (!(bytes >= 0 && bytes <= this.#maximum)) return this.#full(bytes); // size classes have 32 bits
    const lines = classOf(bytes);
    return this.#free.get(lines)?.pop() ?? this.#cut(lines) ?? this.#borrow(lines) ?? this.#full(bytes);
  }

  /** Frees memory of `take`, with the same size. */
  give(pointer: number, bytes: number): void {
    this.#keep(pointer, classOf(bytes));
  }

  #keep(pointer: number, lines: number): void {
    const list = this.#free.get(lines);
    if (list) list.push(pointer);
    else this.#free.set(lines, [pointer]);
  }

  /** Allocates from the unused end, growing the memory if needed. */
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
        return undefined; // the system has no more memory: treat it as full
      }
      this.#limit = this.memory.buffer.byteLength;
    }
    this.#top = end;
    return pointer;
  }

  /** If nothing unused is left: merges free neighbours and splits off a block. */
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
    // The smallest that fits, to keep large blocks whole.
    const best = joined.filter((piece) => piece.lines >= lines).sort((a, b) => a.lines - b.lines)[0];
    for (const piece of joined) {
      const from = piece === best ? lines : 0;
      this.#split(piece.pointer + from * LINE, piece.lines - from);
    }
    return best?.pointer ?? this.#cut(lines);
  }

  /** Splits a merged block into the size classes, largest first. */
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
      `The WebAssembly memory is full: ${mebibytes(bytes)} were requested, ${mebibytes(this.#bytes)} in ${this.#buffers} buffers are in use, and the maximum is ${mebibytes(this.#maximum)}. ` +
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

/** Lines of the smallest class for this many bytes plus the spare line: n rounded up to three significant bits. */
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
