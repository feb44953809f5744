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
 * Grad-CAM: highlights the regions of a feature map that support a class (Selvaraju et al. 2017).
 * @param map the last feature map: [batch, channels, height, width]
 * @param head computes logits [batch, classes] from the map, including any pooling
 * @param classes the class of each sample
 * @returns [batch, height, width], from 0 to 1: each sample's maximum is 1, or all its values are 0 if nothing supports the class
 * @throws if the map is not 4-dimensional, or the number of classes differs from the batch size
 */
export function gradCam(map: Tensor, head: (map: Tensor) => Tensor, classes: ArrayLike<number>): Tensor {
  if (map.rank !== 4)
    throw new Error(`gradCam expects a feature map of [batch, channels, height, width], got ${showShape(map.shape)}.`);
  const [batch] = map.shape as [number];
  if (classes.length !== batch)
    throw new Error(`gradCam expects one class for each of the ${batch} samples, got ${classes.length}.`);
  return scope(() => {
    const {
      grads: [slope],
    } = valueAndGrad(() => {
      const logits = head(map);
      const selected = new Float32Array(logits.size);
      for (let n = 0; n < batch; n++) selected[n * logits.shape[1]! + classes[n]!] = 1;
      return sum(mul(logits, tensor(selected, { shape: logits.shape, backend: logits.backend })));
    }, [map]);
    const weights = mean(slope!, [2, 3], true);
    const evidence = relu(sum(mul(map, weights), 1));
    return div(evidence, maximum(max(evidence, [1, 2], true), 1e-12));
  });
}
