import { limit } from '@graft/data';
import type { Tensor, TypedArray } from '@graft/tensor';

/** SHA-256 of the bytes of an array or text, in hexadecimal. */
export async function sha256(content: string | TypedArray): Promise<string> {
  const bytes =
    typeof content === 'string'
      ? new TextEncoder().encode(content)
      : new Uint8Array(content.buffer as ArrayBuffer, content.byteOffset, content.byteLength);
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns a function that computes the SHA-256 of a tensor's values; it copies at most `most` tensors at a time. */
export function digestsAtATime(most = 8): (tensor: Tensor) => Promise<string> {
  const slot = limit(most);
  return (tensor) => slot(async () => sha256(await tensor.array()));
}
