/**
 * Thrown by {@link Modality.feed} if a network is not of its kind at all, such as a network of texts for images. Any other error means that the network
 * is of this kind but cannot be fed, for example without an option.
 */
export class WrongModality extends Error {
  override readonly name = 'WrongModality';
}
