/** Downscaling of large images without sharp: the same as for small ones. */
export { resample as scaleLarge } from './resample.ts';
