import { describe, expect, test } from 'vitest';
import type { ModelSource, SourceContext } from '../index.ts';

/** What {@link describeModelSource} is told about a source. */
export interface ModelSourceChecks {
  /** An address that the source brings a file for, and the file. */
  readonly url: string;
  readonly bytes: Uint8Array;
  /** Addresses that it must refuse: of files that there are none of, and of what is no address. */
  readonly refused: readonly string[];
  readonly context?: Partial<SourceContext>;
}

/** Checks that a source of models keeps its promises: the file comes whole, progress never falls, and what cannot be brought is refused in a sentence with the address. */
export function describeModelSource(
  source: ModelSource,
  { url, bytes, refused, context = {} }: ModelSourceChecks,
): void {
  const from = context.from ?? [process.cwd()];
  const bring = async (address: string, more: Partial<SourceContext> = {}): Promise<Uint8Array> => {
    const full = { ...context, ...more, from };
    return (await source.find?.(address, full)) ?? source.fetch(address, full);
  };
  describe(`model source ${source.name}`, () => {
    test('it is named by the scheme of its addresses', () =>
      expect(url.startsWith(`${source.name}:`) && /^[a-z][a-z0-9+.-]+$/.test(source.name)).toBe(true));
    test('the file comes whole, and progress never falls', async () => {
      const seen: number[] = [];
      const file = await bring(url, { bytes: bytes.length, progress: (done) => void seen.push(done) });
      expect(Buffer.compare(file, bytes)).toBe(0);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(Buffer.compare(await bring(url), bytes), 'without a card').toBe(0);
    });
    test.each(refused)('%s is refused in a sentence with the address', async (address) => {
      const message = await bring(address).then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      );
      expect(message).toContain(
        address
          .replace(/^[a-z]+:(\/\/)?/, '')
          .split('/')
          .at(-1)!,
      );
      expect(message, 'on one line').toMatch(/^\S[^\n]{10,600}$/);
    });
  });
}
