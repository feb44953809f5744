import type { Picture } from './reported-run.ts';

/** A picture as an address that needs nothing to be loaded. */
export function dataAddress({ bytes, type }: Picture): string {
  let binary = '';
  // Arguments of one call are limited.
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return `data:${type};base64,${btoa(binary)}`;
}
