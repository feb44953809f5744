import {
  div,
  max,
  maximum,
  mean,
  mul,
  relu,
  scope,
  showShape,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@graft/tensor';

/**
 * Where in a feature map the evidence for a class lies (Selvaraju et al. 2017).
 * @param map the last feature map: [batch, channels, height, width]
 * @param head from the map to logits [batch, classes]; pooling is a part of it
 * @param classes one for each sample
 * @returns [batch, height, width], from 0 to 1: each sample's strongest place is 1, unless nothing speaks for the class
 * @throws where the map is none, or there is not a class for each sample
 */
export function gradCam(map: Tensor, head: (map: Tensor) => Tensor, classes: ArrayLike<number>): Tensor {
  if (map.rank !== 4)
    throw new Error(`gradCam wants a feature map of [batch, channels, height, width], got ${showShape(map.shape)}.`);
  const [batch] = map.shape as [number];
  if (classes.length !== batch)
    throw new Error(`gradCam wants a class for each of ${batch} samples, got ${classes.length}.`);
  return scope(() => {
    const {
      grads: [slope],
    } = valueAndGrad(() => {
      const logits = head(map);
      const wanted = new Float32Array(logits.size);
      for (let n = 0; n < batch; n++) wanted[n * logits.shape[1]! + classes[n]!] = 1;
      return sum(mul(logits, tensor(wanted, { shape: logits.shape, backend: logits.backend })));
    }, [map]);
    const weights = mean(slope!, [2, 3], true);
    const evidence = relu(sum(mul(map, weights), 1));
    return div(evidence, maximum(max(evidence, [1, 2], true), 1e-12));
  });
}
