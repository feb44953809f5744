import { Linear, meanSquaredError, Sequential, Tanh } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { Random, scope, tensor, valueAndGrad } from '@graft/tensor';

const random = new Random(0);
const model = new Sequential(new Linear({ in: 1, out: 16 }), new Tanh(), new Linear({ in: 16, out: 1 })).initialize(0);
const optimizer = new Optimizer(model, adam({ learningRate: 0.02 }));
const points = Float32Array.from({ length: 64 }, () => 4 * random.next() - 2);
const [x, y] = [tensor(points, { shape: [64, 1] }), tensor(points.map(Math.sin), { shape: [64, 1] })];
let loss = Number.POSITIVE_INFINITY;
for (let step = 0; step < 300; step++)
  scope(() => {
    const { value, grads } = valueAndGrad(() => meanSquaredError()(model.forward(x), y), optimizer.parameters);
    optimizer.step(grads);
    loss = value.item();
  });
if (!(loss < 0.01)) throw new Error(`The loss is ${loss}.`);
