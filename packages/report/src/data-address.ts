import type { Picture, Recording } from './reported-run.ts';

/** Encodes a picture or a sound as a data URL. */
export function dataAddress({ bytes, type }: Picture | Recording): string {
  let binary = '';
  // Engines limit the number of arguments in a call.
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return `data:${type};base64,${btoa(binary)}`;
}
