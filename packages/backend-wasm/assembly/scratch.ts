// Scratch memory of one instance. Instances in several threads share the linear memory but not these globals, so
// kernels must not write to static data: small tiles are also allocated here.

/** The host allocates `bytes` more for this instance, or throws; it merges them with the scratch before the next kernel starts. */
@external("env", "extendScratch")
declare function extendScratch(bytes: usize): usize;

/** Reserved bytes at the start: the argument block of the host, then tiles of fixed size. */
const FIXED: usize = 8192;
const TILES: usize = 4096;

let base: usize = 0, end: usize = 0;
let top: usize = 0, limit: usize = 0;

export function setScratch(pointer: usize, bytes: usize): void {
  base = pointer;
  end = pointer + bytes;
  resetScratch();
}

/** Called first by every entry point that needs scratch: frees what the previous one took. */
export function resetScratch(): void {
  top = base + FIXED;
  limit = end;
}

/** `bytes` of scratch, aligned to a cache line, with 64 bytes to spare because vector loads may over-read. */
export function scratch(bytes: usize): usize {
  const room = (bytes + 127) & ~63;
  if (limit - top < room) {
    top = extendScratch(room);
    limit = top + room;
  }
  const p = top;
  top += room;
  return p;
}


/** Tiles of fixed size (offsets in bytes): GEMM edges at 0, transforms at 1024, the rest from 2048. */
// @ts-ignore: decorator
@inline export function tile(offset: usize): usize { return base + TILES + offset; }
