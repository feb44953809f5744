import { basename, dirname, resolve } from 'node:path';
import { imageFolder } from '@graft/data/node';
import { createBackend, createGraft } from '@graft/graft';
import { onnxOperator, quantizeOnnx, readModel } from '@graft/onnx';
import { fileStorage } from '@graft/tensor/node';
import { answering, batchesFor, confusionOf, openFinishedRun } from '../finished-run.ts';
import { counted, megabytes, percent } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';

export interface ExportOptions {
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

/** Writes the model of a run as one ONNX file: as it is, or quantised, with its accuracy before and after. @throws before anything is written */
export async function exportRun(path: string, { out, int8 = false, data, backend: backendName, json }: ExportOptions, reporter: Reporter): Promise<void> {
  const run = await openFinishedRun(path);
  if (!int8) {
    await write(out, run.bytes);
    return console.log(json ? JSON.stringify({ file: out, bytes: run.bytes.length }) : `${out}: ${megabytes(run.bytes.length)}, as the run wrote it`);
  }
  if (data === undefined) throw new Error('graft export --int8 looks at images to find the bounds of what the network computes. Give --data <folder> with images like those it will see.');
  const loader = batchesFor(run, await imageFolder(data));
  const app = await createGraft({ modelsFrom: [] });
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
    const accuracyOf = async (file: typeof run.file): Promise<{ share: number; images: number }> => {
      const { recall, samples } = (await confusionOf(answering(run, file, backend, operators), batchesFor(run, await imageFolder(data)), run.classes.length, reporter)).overall();
      return { share: recall, images: samples };
    };
    const [before, after] = [await accuracyOf(run.file), await accuracyOf(readModel({ name: out, model: bytes }))];
    await write(out, bytes);
    console.log(json
      ? JSON.stringify({ file: out, bytes: bytes.length, bytesBefore: run.bytes.length, accuracy: after.share, accuracyBefore: before.share, images: after.images })
      : `${out}: ${megabytes(bytes.length)}, before ${megabytes(run.bytes.length)}; accuracy ${percent(after.share)}, before ${percent(before.share)}, on ${counted(after.images, 'image')} of "${data}"`);
  } finally {
    await app.dispose();
  }
}

/** Whole or not at all. */
const write = (out: string, bytes: Uint8Array): Promise<void> => fileStorage(dirname(resolve(out))).write(basename(out), bytes);
