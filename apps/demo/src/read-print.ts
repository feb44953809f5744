import { compile } from '@graft/layers';
import { importOnnx, onnxOperator } from '@graft/onnx';
import type { App } from '@graft/plugin';
import { type AnyBackend, scope, tensor } from '@graft/tensor';
import type { Batch } from '@graft/data';
import { openNetwork } from '@graft/finetune';

/** The network's numbers of the digits 0 to 9: lines of PP-OCR's `ppocr_keys_v1.txt`. 0 says that there is no letter. */
const digits = [26, 93, 25, 94, 632, 631, 933, 29, 27, 1109] as const;

/** How much a network reads that was trained on print alone: shares of the images. */
export interface PrintReading {
  readonly images: number;
  /** Where it reads that digit and nothing else. */
  readonly asText: number;
  /** Where that digit is the likeliest of the ten. */
  readonly amongDigits: number;
}

/** Lets the whole recogniser read the first `most` images or a few more, without any training. */
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
      const [, places, letters] = output.shape as [number, number, number];
      const probabilities = (await output.array()) as Float32Array;
      output.dispose();
      for (const [n, label] of labels.entries()) {
        const seen = Array.from({ length: places }, (_, place) =>
          probabilities.subarray((n * places + place) * letters, (n * places + place + 1) * letters),
        );
        const text = lettersOf(seen);
        asText += Number(text.length === 1 && text[0] === digits[label]);
        amongDigits += Number(
          indexOfMost(digits.map((digit) => Math.max(...seen.map((place) => place[digit]!)))) === label,
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

/** The likeliest letter of each place; one that goes on is one, and 0 stands between letters (Graves et al. 2006). */
function lettersOf(places: readonly Float32Array[]): number[] {
  const best = places.map(indexOfMost);
  return best.filter((letter, i) => letter !== 0 && letter !== best[i - 1]);
}

const indexOfMost = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[most]!) most = i;
  return most;
};
