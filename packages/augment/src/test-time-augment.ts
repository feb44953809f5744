import type { Image, Transform } from '@graft/data';
import type { Random } from '@graft/tensor';

/** Options of {@link testTimeAugment}. */
export interface TestTimeAugmentOptions {
  /** One transform per view. */
  readonly views: readonly Transform<Image>[];
  readonly random: Random;
  /** Returns one row of probabilities or logits per view. */
  predict(views: readonly Image[]): readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;
}

/**
 * Averages a model's predictions over several views of an image. Each view has its own random stream.
 * @throws if there are no views, or `predict` returns the wrong number of rows or rows of different lengths
 */
export async function testTimeAugment(
  image: Image,
  { views, random, predict }: TestTimeAugmentOptions,
): Promise<Float32Array> {
  if (views.length === 0)
    throw new Error(
      'testTimeAugment expects at least one view, got none. Pass only the evaluation transform to predict without augmentation.',
    );
  const rows = await predict(await Promise.all(views.map(async (view, k) => view(image, random.fork(k)))));
  const length = rows[0]?.length ?? 0;
  if (rows.length !== views.length || rows.some((row) => row.length !== length))
    throw new Error(
      `predict returned rows of ${rows.map((row) => row.length).join(', ')} numbers for ${views.length} views. Return one row per view, all of the same length.`,
    );
  return Float32Array.from({ length }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}
