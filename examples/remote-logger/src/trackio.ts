import { type Dialect, metricsOf } from './dialect.ts';

/** Posts to `api/bulk_log` of a Trackio server. Each log has an id, by which the server ignores duplicates. */
export const trackio = (url: URL, project: string): Dialect => ({
  async deliver(entries, run, send) {
    const logs = entries.flatMap((entry) => {
      const metrics = metricsOf(entry);
      if (!metrics.length) return [];
      return [
        {
          project,
          run,
          step: entry['step'],
          metrics: Object.fromEntries(metrics),
          log_id: `${run}-${entry.number}`,
        },
      ];
    });
    // A Space reads the token from the authorization header if there is none here.
    if (logs.length) await send({ method: 'POST', url: new URL('api/bulk_log', url), body: { logs, hf_token: null } });
  },
});
