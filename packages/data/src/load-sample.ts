import type { Random } from '@graft/tensor';
import { NotDecodedError } from './check-image.ts';
import { describeSample, type Quarantine, type Quarantined } from './quarantine.ts';
import type { Transform } from './transform.ts';

/** A loaded and transformed sample. */
export interface Loaded<Ready> {
  readonly index: number;
  readonly sample: Ready;
}

export interface LoadOptions<Sample, Ready> {
  readonly transform?: Transform<Sample, Ready>;
  readonly strict?: boolean;
}

/**
 * Loads and transforms a sample. Returns undefined if it is quarantined, or has to be because loading fails.
 * @throws if loading fails with `strict`, too many samples are quarantined, or samples are not decoded
 */
export async function loadSample<Sample, Ready>(
  index: number,
  read: () => Sample | Promise<Sample>,
  random: Random,
  { transform, strict = false }: LoadOptions<Sample, Ready>,
  quarantine: Quarantine,
): Promise<Loaded<Ready> | undefined> {
  if (quarantine.has(index)) return undefined;
  let path: string | undefined;
  try {
    const sample = await read();
    path = pathOf(sample);
    return { index, sample: transform ? await transform(sample, random) : (sample as unknown as Ready) };
  } catch (error) {
    if (error instanceof NotDecodedError) throw error;
    path ??= pathOf(error);
    const reason = error instanceof Error ? error.message : String(error);
    const entry: Quarantined = { index, ...(path === undefined ? {} : { path }), reason };
    if (strict) throw new Error(`Could not load ${describeSample(entry)}: ${reason}`, { cause: error });
    quarantine.add(entry);
    return undefined;
  }
}

function pathOf(value: unknown): string | undefined {
  const path = typeof value === 'object' && value !== null && 'path' in value ? value.path : undefined;
  return typeof path === 'string' ? path : undefined;
}
