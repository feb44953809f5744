import { compile } from '@graft/layers';
import { importOnnx, onnxOperator } from '@graft/onnx';
import type { App } from '@graft/plugin';
import { type AnyBackend, scope, tensor } from '@graft/tensor';
import type { Batch } from '@graft/data';
import { openNetwork } from '@graft/finetune';

/** The network's class indices of the digits 0 to 9: lines of PP-OCR's `ppocr_keys_v1.txt`. Index 0 is the blank of CTC. */
const digits = [26, 93, 25, 94, 632, 631, 933, 29, 27, 1109] as const;

/** Accuracy of the pretrained network, which was trained on printed text only. */
export interface PrintReading {
  /** Number of images. */
  readonly images: number;
  /** Fraction of images recognised as exactly the digit. */
  readonly asText: number;
  /** Fraction of images for which the digit is the most probable of the ten. */
  readonly amongDigits: number;
}

/** Evaluates the pretrained network without training, on whole batches until at least `most` images are read. */
export async function readPrint(
  app: App,
  backend: AnyBackend,
  images: { batches(epoch: number): AsyncIterable<Batch> },
  most = 200,
): Promise<PrintReading> {
  const { file } = await openNetwork(app, 'ppocr-v4-rec');
  const model = await importOnnx(file, { operators: app.all(onnxOperator) }).to(backend);
  const compiled = compile(model);
  try {
    let [count, asText, amongDigits] = [0, 0, 0];
    for await (const { inputs, shape, labels } of images.batches(0)) {
      const output = scope(() => compiled.forward(tensor(inputs, { shape, backend })));
      const [, steps, characters] = output.shape as [number, number, number];
      const probabilities = (await output.array()) as Float32Array;
      output.dispose();
      for (const [n, label] of labels.entries()) {
        const sequence = Array.from({ length: steps }, (_, step) =>
          probabilities.subarray((n * steps + step) * characters, (n * steps + step + 1) * characters),
        );
        const text = decode(sequence);
        asText += Number(text.length === 1 && text[0] === digits[label]);
        amongDigits += Number(
          argmax(digits.map((digit) => Math.max(...sequence.map((step) => step[digit]!)))) === label,
        );
      }
      count += labels.length;
      if (count >= most) break;
    }
    return { images: count, asText: asText / count, amongDigits: amongDigits / count };
  } finally {
    compiled.dispose();
    model.dispose();
  }
}

/** Greedy CTC decoding: takes the most probable character of each step, merges repeats and removes blanks (Graves et al. 2006). */
function decode(steps: readonly Float32Array[]): number[] {
  const best = steps.map(argmax);
  return best.filter((character, i) => character !== 0 && character !== best[i - 1]);
}

const argmax = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[most]!) most = i;
  return most;
};
