import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { type Callback, type EpochLog, fit } from '@graft/train';
import { afterEach, expect, test } from 'vitest';
import { remoteLogger, type RemoteLoggerOptions } from './index.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}
type Answer = readonly [status: number, body: unknown] | 'lost';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers calls; `lost` closes the connection after the call was handled. */
async function serverOf(answer: (call: Call) => Answer): Promise<string> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
      const answered = answer({
        method: request.method!,
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
      });
      if (answered === 'lost') return void request.socket.destroy();
      response.writeHead(answered[0], { 'content-type': 'application/json' }).end(JSON.stringify(answered[1]));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Trains for some epochs of three steps, and returns the log and the warnings. */
async function train(callback: Callback, epochs = 3): Promise<{ log: EpochLog[]; warnings: string[] }> {
  const warnings: string[] = [];
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const samples = Array.from({ length: 12 }, (_, i) => ({ input: [Math.sin(i), Math.cos(i)], label: i % 2 }));
  const { log } = await fit({
    model,
    loss: crossEntropy(),
    optimizer: new Optimizer(model, adam({ learningRate: 0.1 })),
    data: new Loader(arrayDataset(samples), { batchSize: 4, collate: vectorBatch() }),
    epochs,
    callbacks: [callback],
    onWarning: ({ message }) => warnings.push(message),
  });
  return { log: [...log], warnings };
}

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}
/** An MLflow tracking server in memory. */
function mlflowServer(fails: (path: string, count: number) => Answer | undefined = () => undefined) {
  const experiments = new Map<string, string>();
  const runs: {
    id: string;
    experiment: string;
    name: string;
    tags: Map<string, string>;
    metrics: Map<string, Metric>;
    status: string;
  }[] = [];
  const calls: Call[] = [];
  const counts = new Map<string, number>();
  const missing = [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No such thing' }] as const;
  const handle = (path: string, { query, body }: Call): Answer => {
    const run = runs.find(({ id }) => id === body['run_id']);
    switch (path) {
      case 'experiments/get-by-name': {
        const id = experiments.get(query.get('experiment_name')!);
        return id === undefined ? missing : [200, { experiment: { experiment_id: id } }];
      }
      case 'experiments/create': {
        const id = String(experiments.size + 1);
        experiments.set(String(body['name']), id);
        return [200, { experiment_id: id }];
      }
      case 'runs/search': {
        const [, key, value] = /^tags\.`([^`]+)` = '([^']*)'$/.exec(String(body['filter']))!;
        const found = runs.filter(
          ({ experiment, tags }) =>
            (body['experiment_ids'] as string[]).includes(experiment) && tags.get(key!) === value,
        );
        return [200, found.length ? { runs: found.map(({ id }) => ({ info: { run_id: id } })) } : {}];
      }
      case 'runs/create': {
        const tags = body['tags'] as { key: string; value: string }[];
        const id = `run${runs.length}`;
        runs.push({
          id,
          experiment: String(body['experiment_id']),
          name: String(body['run_name']),
          tags: new Map(tags.map(({ key, value }) => [key, value])),
          metrics: new Map(),
          status: 'RUNNING',
        });
        return [200, { run: { info: { run_id: id } } }];
      }
      case 'runs/log-batch': {
        const metrics = body['metrics'] as Metric[];
        if (!run) return missing;
        if (metrics.length > 1000) return [400, { message: 'at most 1000 metrics' }];
        if (metrics.some(({ key, value }) => !/^[\w\-. :/]+$/.test(key) || !Number.isFinite(value)))
          return [400, { message: 'invalid metric' }];
        for (const one of metrics) run.metrics.set(JSON.stringify(one), one);
        return [200, {}];
      }
      case 'runs/set-tag':
        run!.tags.set(String(body['key']), String(body['value']));
        return [200, {}];
      case 'runs/update':
        run!.status = String(body['status']);
        return [200, { run_info: {} }];
      default:
        return missing;
    }
  };
  const answer = (call: Call): Answer => {
    calls.push(call);
    const path = call.path.replace('/api/2.0/mlflow/', '');
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const failure = fails(path, count);
    if (failure === undefined) return handle(path, call);
    if (failure === 'lost') handle(path, call);
    return failure;
  };
  return { answer, calls, runs, experiments };
}
const options = (url: string, more: Partial<RemoteLoggerOptions> = {}): RemoteLoggerOptions => ({
  url,
  dialect: 'mlflow',
  project: 'colours',
  run: "night's run",
  ...more,
});

test('MLflow: a run with the metrics of each epoch, in an experiment that is created', async () => {
  const { answer, runs, experiments, calls } = mlflowServer();
  const url = await serverOf(answer);
  const { log, warnings } = await train(
    remoteLogger(options(url, { everySteps: 2, headers: { authorization: 'Bearer secret' } })),
  );
  expect(warnings).toEqual([]);
  expect([...experiments]).toEqual([['colours', '1']]);
  expect(runs).toHaveLength(1);
  const [{ name, tags, metrics, status }] = runs as [(typeof runs)[number]];
  expect([name, status, tags.get('mlflow.source.name')]).toEqual(["night's run", 'FINISHED', 'graft']);
  const epochs = [...metrics.values()].filter(({ key, step }) => key === 'loss' && step % 3 === 0 && step % 2);
  expect(epochs.map(({ step, value }) => [step, value])).toEqual([
    [3, log[0]!['loss']],
    [9, log[2]!['loss']],
  ]);
  expect([...metrics.values()].filter(({ key }) => key === 'loss').map(({ step }) => step)).toEqual([
    2, 3, 4, 6, 6, 8, 9,
  ]);
  expect([...metrics.values()].every(({ timestamp }) => Math.abs(timestamp - Date.now()) < 600_000)).toBe(true);
  expect(new Set(calls.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']));
});
test('MLflow: a server that fails at first receives everything once, and there is one run although a response was lost', async () => {
  const { answer, runs } = mlflowServer((path, count) => {
    if (path === 'experiments/get-by-name' && count < 1) return [503, { message: 'starting' }];
    if (path === 'runs/create' && count === 0) return 'lost';
    if (path === 'runs/log-batch' && count === 0) return 'lost';
    if (path === 'runs/update' && count === 0) return [500, {}];
    return undefined;
  });
  const { log, warnings } = await train(remoteLogger(options(await serverOf(answer), { patience: 60 })));
  expect(runs).toHaveLength(1);
  const losses = [...runs[0]!.metrics.values()].filter(({ key }) => key === 'loss');
  expect(losses.map(({ step, value }) => [step, value])).toEqual(log.map((row, i) => [3 * (i + 1), row['loss']]));
  expect(runs[0]!.status).toBe('FINISHED');
  expect(warnings[0]).toContain('Metrics cannot be delivered (HTTP 503: starting). Training continues');
  expect(warnings.at(-1)).toContain('Metrics are delivered again.');
});
test('MLflow: a resumed run and a second phase continue the run; another name is another run', async () => {
  const { answer, runs } = mlflowServer();
  const url = await serverOf(answer);
  const first = remoteLogger(options(url));
  await train(first, 1);
  const second = remoteLogger(options(url, { run: "night's run" }));
  await train(second, 1);
  expect(runs).toHaveLength(1);
  await train(remoteLogger(options(url, { run: 'day' })), 1);
  expect(runs.map(({ name }) => name)).toEqual(["night's run", 'day']);
  const saved = JSON.parse(JSON.stringify(first.save!())) as unknown;
  const resumed = remoteLogger({ url, dialect: 'mlflow', project: 'elsewhere' });
  resumed.restore!(saved, new Map());
  await train(resumed, 1);
  expect(runs).toHaveLength(2);
  expect(runs[0]!.status).toBe('FINISHED');
});
test('MLflow: names and values that it rejects are adapted or left out, and the reason of a stop is a tag', async () => {
  const { answer, runs } = mlflowServer();
  const url = await serverOf(answer);
  const logger = remoteLogger(options(url));
  await logger.beforeFit?.({ warn: () => {} } as never);
  const state = { epoch: 0, step: 5, log: [{ 'validation R²': 0.5, broken: Number.NaN, loss: 2 }] };
  await logger.afterEpoch!(state as never);
  await logger.afterFit!({ ...state, stopped: 'early stopping' } as never);
  expect([...runs[0]!.metrics.values()].map(({ key, value }) => [key, value])).toEqual([
    ['epoch', 0],
    ['validation R_', 0.5],
    ['loss', 2],
  ]);
  expect(runs[0]!.tags.get('graft.stopped')).toBe('early stopping');
});
test('MLflow: an address of another server is a warning, and the run goes on', async () => {
  const url = await serverOf(() => [200, ['hello']]);
  const { log, warnings } = await train(remoteLogger(options(url, { patience: 0.1 })));
  expect(log).toHaveLength(3);
  expect(warnings[0]).toContain('the response has no experiment.experiment_id; is the URL that of an MLflow server?');
});

interface TrackioLog {
  readonly project: string;
  readonly run: string;
  readonly step: number;
  readonly metrics: Record<string, number>;
  readonly log_id: string;
}
test('Trackio: logs with ids, by which a server that fails at first recognises duplicates', async () => {
  const logs = new Map<string, TrackioLog>();
  const calls: Call[] = [];
  const url = await serverOf((call) => {
    calls.push(call);
    if (call.path !== '/space/api/bulk_log' || !('hf_token' in call.body)) return [404, { error: 'Unknown API' }];
    if (calls.length === 1) return [400, { error: 'A write_token is required' }];
    for (const one of call.body['logs'] as TrackioLog[]) logs.set(one.log_id, one);
    return calls.length === 2 ? 'lost' : [200, { data: null }];
  });
  const { log, warnings } = await train(
    remoteLogger({
      url: `${url}/space`,
      dialect: 'trackio',
      project: 'colours',
      run: 'night',
      patience: 60,
      headers: { 'x-trackio-write-token': 'secret' },
    }),
  );
  expect([...logs.values()]).toEqual(
    log.map((row, i) => ({
      project: 'colours',
      run: 'night',
      step: 3 * (i + 1),
      metrics: { epoch: i, ...row },
      log_id: `night-${i}`,
    })),
  );
  expect(calls.every(({ headers }) => headers['x-trackio-write-token'] === 'secret')).toBe(true);
  expect(warnings[0]).toContain('(HTTP 400: A write_token is required)');
});
