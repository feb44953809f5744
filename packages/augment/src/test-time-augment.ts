import type { Image, Transform } from '@graft/data';
import type { Random } from '@graft/tensor';

/** Options of {@link testTimeAugment}. */
export interface TestTimeAugmentOptions {
  /** One transform for each view. */
  readonly views: readonly Transform<Image>[];
  readonly random: Random;
  /** A row of probabilities (or logits) for each view. */
  predict(views: readonly Image[]): readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;
}

/**
 * Averages what a model says to several views of an image. Each view draws from a stream of its own.
 * @throws where there is no view, or `predict` gives rows that differ in number or length
 */
export async function testTimeAugment(
  image: Image,
  { views, random, predict }: TestTimeAugmentOptions,
): Promise<Float32Array> {
  if (views.length === 0)
    throw new Error(
      'testTimeAugment wants at least one view. Give the evaluation transform alone for no augmentation.',
    );
  const rows = await predict(await Promise.all(views.map(async (view, k) => view(image, random.fork(k)))));
  const length = rows[0]?.length ?? 0;
  if (rows.length !== views.length || rows.some((row) => row.length !== length))
    throw new Error(
      `predict gave rows of ${rows.map((row) => row.length).join(', ')} numbers to ${views.length} views. Return one row for each view, all of one length.`,
    );
  return Float32Array.from({ length }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}
