import { Conv2d, Flatten, GlobalAvgPool, ReLU, Sequential } from '@graft/layers';
import { exportOnnx, importOnnx } from '@graft/onnx';
import { ones } from '@graft/tensor';

const model = new Sequential(
  new Conv2d({ in: 3, out: 4, kernel: 3 }),
  new ReLU(),
  new GlobalAvgPool(),
  new Flatten(),
).initialize(0);
const bytes = await exportOnnx(model, { inputShape: [3, 8, 8] });
const [own, again] = [model.forward(ones([2, 3, 8, 8])), importOnnx(bytes).forward(ones([2, 3, 8, 8]))].map((y) =>
  y.arraySync(),
);
if (own.some((value, i) => Math.abs(value - again[i]) > 1e-6)) throw new Error(`${own.join()} and ${again.join()}`);
