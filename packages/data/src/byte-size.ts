/** The approximate size of a sample in bytes: its buffers, strings and numbers, including nested ones. */
export function byteSize(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 0;
  for (const part of Object.values(value)) bytes += byteSize(part);
  return bytes;
}
