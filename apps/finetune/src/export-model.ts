import { exportOnnx } from '@graft/onnx';
import type { TransferModel } from '@graft/transfer';
import type { Backbone } from './backbone.ts';
import type { TaskName } from './task/task.ts';

/** The fine-tuned model as an ONNX file that says how images are fed to it, what it is asked and what its answers are of. */
export const exportModel = (
  model: TransferModel,
  { preprocessing: { channels, height, width, ...more } }: Pick<Backbone, 'preprocessing'>,
  classes: readonly string[],
  task: TaskName,
): Promise<Uint8Array> =>
  exportOnnx(model, {
    inputShape: [channels, height, width],
    outputName: task === 'regression' ? 'values' : 'logits',
    labels: classes,
    preprocessing: { channels, height, width, ...more },
    metadata: { task },
  });
