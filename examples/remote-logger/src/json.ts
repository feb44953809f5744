import type { Dialect } from './dialect.ts';

/** Posts `{ run, entries }` to the URL itself. */
export const json = (url: URL): Dialect => ({
  async deliver(entries, run, send) {
    await send({ method: 'POST', url, body: { run, entries } });
  },
});
