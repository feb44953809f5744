import { describe, expect, test } from 'vitest';
import type { ModelSource, SourceContext } from '../index.ts';

/** Options of {@link describeModelSource}. */
export interface ModelSourceChecks {
  /** An address that the source can fetch. */
  readonly url: string;
  /** The contents of that file. */
  readonly bytes: Uint8Array;
  /** Addresses that the source must reject: malformed ones and those of missing files. */
  readonly refused: readonly string[];
  readonly context?: Partial<SourceContext>;
}

/** Declares tests that every model source must pass: the file is complete, progress never decreases, and errors are one sentence with the address. */
export function describeModelSource(
  source: ModelSource,
  { url, bytes, refused, context = {} }: ModelSourceChecks,
): void {
  const from = context.from ?? [process.cwd()];
  const fetchFile = async (address: string, more: Partial<SourceContext> = {}): Promise<Uint8Array> => {
    const full = { ...context, ...more, from };
    return (await source.find?.(address, full)) ?? source.fetch(address, full);
  };
  describe(`model source ${source.name}`, () => {
    test('its name is the scheme of its addresses', () =>
      expect(url.startsWith(`${source.name}:`) && /^[a-z][a-z0-9+.-]+$/.test(source.name)).toBe(true));
    test('the file is complete, and progress never decreases', async () => {
      const seen: number[] = [];
      const file = await fetchFile(url, { bytes: bytes.length, progress: (done) => void seen.push(done) });
      expect(Buffer.compare(file, bytes)).toBe(0);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(Buffer.compare(await fetchFile(url), bytes), 'without a card').toBe(0);
    });
    test.each(refused)('%s is rejected in one sentence with the address', async (address) => {
      const message = await fetchFile(address).then(
        () => 'no error',
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
