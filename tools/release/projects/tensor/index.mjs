import { add, matmul, square, sum, tensor, valueAndGrad } from '@graft/tensor';

const [x, w] = [tensor([1, 2, 3, 4], { shape: [2, 2] }), tensor([1, 0, 0, 1], { shape: [2, 2] })];
const { value, grads } = valueAndGrad(() => sum(square(add(matmul(x, w), x))), [x]);
if (value.item() !== 120 || grads[0].arraySync().join() !== '8,16,24,32')
  throw new Error(`${value.item()}, ${grads[0].arraySync().join()}`);
