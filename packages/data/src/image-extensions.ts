/** File extensions of the images that `@graft/augment` decodes, in lower case and with the dot. */
export const imageExtensions: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.avif',
  '.tif',
  '.tiff',
];
