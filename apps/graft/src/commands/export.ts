import { basename, dirname, resolve } from 'node:path';
import type { ReadingOptions } from '@graft/data';
import { readingOf } from '@graft/finetune';
import { counted, megabytes } from '@graft/report';
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
  /** Examples to calibrate and evaluate with. */
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
    if (data === undefined)
      throw new Error(
        'graft export --int8 needs examples to calibrate the model with. Give --data <folder> with typical examples.',
      );
    const { score, titles, show } = run.objective;
    const { bytes, before, after } = await run.quantize(data, readingOf(reading));
    await write(out, bytes);
    const figures = {
      file: out,
      bytes: bytes.length,
      bytesBefore: original.length,
      [score]: after.score,
      [`${score}Before`]: before.score,
      images: after.samples,
    };
    writeOut(
      json
        ? JSON.stringify(figures)
        : `${out}: ${megabytes(bytes.length)} (was ${megabytes(original.length)}); ${titles[score]!} ${show(score, after.score)} (was ${show(score, before.score)}) on ${counted(after.samples, run.modality.noun[0])} of "${data}"`,
    );
  });
}

const write = (out: string, bytes: Uint8Array): Promise<void> =>
  fileStorage(dirname(resolve(out))).write(basename(out), bytes);
