import { basename, dirname, resolve } from 'node:path';
import { counted, megabytes } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import type { PluginOptions } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';
import { withRun } from '../with-run.ts';

export interface ExportOptions extends PluginOptions {
  readonly out: string;
  /** Whether convolutions and products compute with 8-bit integers. */
  readonly int8?: boolean;
  /** Examples to calibrate and evaluate with. */
  readonly data?: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** Writes the model of a run as one ONNX file: as it is, or quantized, with its score before and after. @throws before anything is written */
export async function exportRun(
  path: string,
  { out, int8 = false, data, backend, json, ...plugins }: ExportOptions,
  reporter: Reporter,
): Promise<void> {
  await withRun(path, { backend, ...plugins }, reporter, async (run) => {
    const original = run.export();
    if (!int8) {
      await write(out, original);
      const text = `${out}: ${megabytes(original.length)}, as the run wrote it`;
      return console.log(json ? JSON.stringify({ file: out, bytes: original.length }) : text);
    }
    if (data === undefined)
      throw new Error(
        'graft export --int8 calibrates the model on examples. Give --data <folder> with examples like those it will see.',
      );
    const { score, titles, show } = run.objective;
    const { bytes, before, after } = await run.quantize(data);
    await write(out, bytes);
    const figures = {
      file: out,
      bytes: bytes.length,
      bytesBefore: original.length,
      [score]: after.score,
      [`${score}Before`]: before.score,
      images: after.samples,
    };
    console.log(
      json
        ? JSON.stringify(figures)
        : `${out}: ${megabytes(bytes.length)}, before ${megabytes(original.length)}; ${titles[score]!} ${show(score, after.score)}, before ${show(score, before.score)}, on ${counted(after.samples, run.modality.noun[0])} of "${data}"`,
    );
  });
}

/** Whole or not at all. */
const write = (out: string, bytes: Uint8Array): Promise<void> =>
  fileStorage(dirname(resolve(out))).write(basename(out), bytes);
