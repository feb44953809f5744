/** SPDX identifiers of licences that allow anyone to use, change and share a model, including commercially. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'CDLA-Permissive-2.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'Unlicense',
  'Zlib',
]);

/** Whether a licence is permissive, such as `MIT` or `Apache-2.0 OR GPL-3.0-only`. With AND, every part must be permissive. */
export function isPermissive(licence: string): boolean {
  return licence
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => permissive.has(part.replace(/[()]/g, '').trim())));
}
