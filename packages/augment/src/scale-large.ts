/** Scales a large part of an image down where there is no sharp: as any other part. */
export { resample as scaleLarge } from './resample.ts';
