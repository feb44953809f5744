import { exportOnnx } from '@graft/onnx';
import type { TransferModel } from '@graft/transfer';
import type { Backbone } from './backbone.ts';

/** The fine-tuned model as an ONNX file that says how images are fed to it and what its answers mean. */
export const exportModel = (model: TransferModel, { preprocessing: { channels, height, width, ...more } }: Pick<Backbone, 'preprocessing'>, classes: readonly string[]): Uint8Array =>
  exportOnnx(model, { inputShape: [channels, height, width], outputName: 'logits', labels: classes, preprocessing: { channels, height, width, ...more } });
