// @ts-check

/** jax-js on WebAssembly; it requires `navigator`, which Node 20 lacks. */
export async function jaxJs() {
  if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  const jax = await import('@jax-js/jax');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return jax;
}
export const jaxName = 'jax-js wasm';
