/**
 * Thrown by {@link Modality.feed} if a network takes another kind of input, such as text instead of images. Any other error means that the kind is right, but the
 * network cannot be fed, for example because an option is missing.
 */
export class WrongModality extends Error {
  override readonly name = 'WrongModality';
}
