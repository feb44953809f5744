import { basename, dirname, resolve } from 'node:path';
import type { ReadingOptions } from '@graft/data';
import { describeQuantization, readingOf } from '@graft/finetune';
import { megabytes } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { withRun } from '../with-run.ts';
import { writeOut } from '../write-out.ts';

export interface ExportOptions extends PluginOptions, ReadingOptions {
  readonly out: string;
  /** Whether to quantize the model to 8-bit integers. */
  readonly int8?: boolean;
  /** Whether to write a model with 16-bit floats in float32. */
  readonly float32?: boolean;
  /** Examples to calibrate and evaluate with, instead of those of the run. */
  readonly data?: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** Writes the model of a run as one ONNX file, unchanged or quantized, and prints its size and score before and after. */
export async function exportRun(
  path: string,
  { out, int8 = false, float32 = false, data, backend, json, plugins, ...reading }: ExportOptions,
  reporter: Reporter,
): Promise<void> {
  await withRun(path, { backend, ...(plugins && { plugins }) }, reporter, async (run) => {
    const original = run.export();
    if (!int8) {
      const bytes = float32 ? run.export({ float32 }) : original;
      await write(out, bytes);
      const kind = bytes === original ? 'identical to model.onnx of the run' : 'in float32';
      const text = `${out}: ${megabytes(bytes.length)}, ${kind}`;
      return writeOut(json ? JSON.stringify({ file: out, bytes: bytes.length }) : text);
    }
    const { score } = run.objective;
    const quantized = await run.quantize(data, readingOf(reading));
    const { bytes, before, after, calibrated, evaluatedOn } = quantized;
    await write(out, bytes);
    const figures = {
      file: out,
      bytes: bytes.length,
      bytesBefore: original.length,
      [score]: after.score,
      [`${score}Before`]: before.score,
      images: after.samples,
      evaluatedOn,
      calibrationImages: calibrated,
    };
    writeOut(json ? JSON.stringify(figures) : `${out}: ${describeQuantization(run, quantized, original.length)}`);
  });
}

const write = (out: string, bytes: Uint8Array): Promise<void> =>
  fileStorage(dirname(resolve(out))).write(basename(out), bytes);
