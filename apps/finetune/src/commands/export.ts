import { basename, dirname, resolve } from 'node:path';
import { createBackend } from '@graft/graft';
import { onnxOperator, quantizeOnnx, readModel } from '@graft/onnx';
import { fileStorage } from '@graft/storage/node';
import { answering, batchesFor, judged, openAppFor, openFinishedRun } from '../finished-run.ts';
import type { PluginOptions } from '../open-app.ts';
import { counted, megabytes } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import type { TaskReport } from '../task/task.ts';

export interface ExportOptions extends PluginOptions {
  readonly out: string;
  /** Whether convolutions and products compute with integers of 8 bits. */
  readonly int8?: boolean;
  /** Images to find the bounds of activations with, and to judge by. */
  readonly data?: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** Images whose activations are looked at. */
const calibrating = 128;

/** Writes the model of a run as one ONNX file: as it is, or quantised, with its score before and after. @throws before anything is written */
export async function exportRun(
  path: string,
  { out, int8 = false, data, backend: backendName, json, ...plugins }: ExportOptions,
  reporter: Reporter,
): Promise<void> {
  const run = await openFinishedRun(path);
  if (!int8) {
    await write(out, run.bytes);
    return console.log(
      json
        ? JSON.stringify({ file: out, bytes: run.bytes.length })
        : `${out}: ${megabytes(run.bytes.length)}, as the run wrote it`,
    );
  }
  if (data === undefined)
    throw new Error(
      'graft export --int8 looks at images to find the bounds of what the network computes. Give --data <folder> with images like those it will see.',
    );
  const loader = await batchesFor(run, data);
  const app = await openAppFor(run, plugins, reporter);
  try {
    const [backend, operators] = [await createBackend(app, backendName), app.all(onnxOperator)];
    async function* some(): AsyncGenerator<{ data: Float32Array; shape: readonly number[]; dtype: 'float32' }> {
      let seen = 0;
      for await (const { inputs, shape } of loader) {
        await reporter.breathe();
        yield { data: inputs, shape, dtype: 'float32' };
        if ((seen += shape[0]!) >= calibrating) return;
      }
    }
    const bytes = await quantizeOnnx(run.file, { calibration: some(), backend, operators });
    const { score, titles, show } = run.task;
    const judge = async (file: typeof run.file): Promise<TaskReport> =>
      judged(run, await answering(run, file, backend, operators), await batchesFor(run, data), reporter);
    const [before, after] = [await judge(run.file), await judge(readModel({ name: out, model: bytes }))];
    await write(out, bytes);
    console.log(
      json
        ? JSON.stringify({
            file: out,
            bytes: bytes.length,
            bytesBefore: run.bytes.length,
            [score]: after.score,
            [`${score}Before`]: before.score,
            images: after.samples,
          })
        : `${out}: ${megabytes(bytes.length)}, before ${megabytes(run.bytes.length)}; ${titles[score]!} ${show(score, after.score)}, before ${show(score, before.score)}, on ${counted(after.samples, 'image')} of "${data}"`,
    );
  } finally {
    await app.dispose();
  }
}

/** Whole or not at all. */
const write = (out: string, bytes: Uint8Array): Promise<void> =>
  fileStorage(dirname(resolve(out))).write(basename(out), bytes);
