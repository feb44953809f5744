import type { Metric } from '../metric.ts';

/** Share of samples whose class is among the `top` greatest logits. */
export const accuracy = ({ top = 1 }: { top?: number } = {}): Metric => ({
  name: top === 1 ? 'accuracy' : `top${top}Accuracy`,
  start() {
    let [right, total] = [0, 0];
    return {
      add({ values, shape: [batch, classes] }, targets) {
        for (let n = 0; n < batch!; n++) {
          const start = n * classes!;
          const own = values[start + targets[n]!]!;
          // Ties go to the lower class, as argmax has it.
          let ahead = 0;
          for (let k = 0; k < classes!; k++) if (values[start + k]! > own || (values[start + k]! === own && k < targets[n]!)) ahead++;
          if (ahead < top && !Number.isNaN(own)) right++;
          total++;
        }
      },
      result: () => right / total,
    };
  },
});
