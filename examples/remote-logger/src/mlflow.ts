import { type Dialect, HttpError, metricsOf, type Send } from './dialect.ts';

/** The most metrics of one request. */
const batch = 1000;
/** The tag by which a run is found again. */
const tag = 'graft.run';

/** Logs to an MLflow tracking server with its REST API 2.0, in an experiment of this name that is created if it is missing. */
export function mlflow(base: URL, experiment: string): Dialect {
  let runId: string | undefined;
  const at = (path: string): URL => new URL(`api/2.0/mlflow/${path}`, base);
  const post = (send: Send, path: string, body: object): Promise<unknown> =>
    send({ method: 'POST', url: at(path), body });

  async function experimentId(send: Send): Promise<string> {
    const url = at('experiments/get-by-name');
    url.searchParams.set('experiment_name', experiment);
    try {
      return textIn(await send({ method: 'GET', url }), 'experiment', 'experiment_id');
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 404)) throw error;
      return textIn(await post(send, 'experiments/create', { name: experiment }), 'experiment_id');
    }
  }

  /** Finds the run, or creates it: the response to an earlier request may have been lost, and a run has several phases. */
  async function openRun(send: Send, run: string, time: unknown): Promise<string> {
    const id = await experimentId(send);
    const value = encodeURIComponent(run).replaceAll("'", '%27');
    const found = (await post(send, 'runs/search', {
      experiment_ids: [id],
      filter: `tags.\`${tag}\` = '${value}'`,
      max_results: 1,
    })) as { runs?: unknown[] } | undefined;
    if (found?.runs?.length) return textIn(found.runs[0], 'info', 'run_id');
    const created = await post(send, 'runs/create', {
      experiment_id: id,
      run_name: run,
      start_time: time,
      tags: [
        { key: tag, value },
        { key: 'mlflow.source.name', value: 'graft' },
      ],
    });
    return textIn(created, 'run', 'info', 'run_id');
  }

  return {
    async deliver(entries, run, send) {
      runId ??= await openRun(send, run, entries[0]?.['time'] ?? Date.now());
      // The server ignores a metric with the same key, value, step and timestamp, so a batch can be sent again.
      const metrics = entries.flatMap((entry) =>
        metricsOf(entry).map(([name, value]) => ({
          key: keyOf(name),
          value,
          timestamp: entry['time'],
          step: entry['step'],
        })),
      );
      for (let from = 0; from < metrics.length; from += batch)
        await post(send, 'runs/log-batch', { run_id: runId, metrics: metrics.slice(from, from + batch) });
      const end = entries.findLast(({ event }) => event === 'end');
      if (!end) return;
      const stopped = end['stopped'];
      if (typeof stopped === 'string')
        await post(send, 'runs/set-tag', { run_id: runId, key: 'graft.stopped', value: stopped.slice(0, 5000) });
      await post(send, 'runs/update', { run_id: runId, status: 'FINISHED', end_time: end['time'] });
    },
    save: () => runId ?? null,
    restore(saved) {
      if (typeof saved === 'string') runId = saved;
    },
  };
}

/** A metric's name in the characters that MLflow allows. */
const keyOf = (name: string): string => name.replaceAll(/[^\w\-. :/]/g, '_').slice(0, 250);

/** A text at a path of a response. */
function textIn(response: unknown, ...path: readonly string[]): string {
  let found = response;
  for (const key of path) found = (found as Record<string, unknown> | null | undefined)?.[key];
  if (typeof found === 'string' && found !== '') return found;
  throw new Error(`the response has no ${path.join('.')}; is the URL that of an MLflow server?`);
}
