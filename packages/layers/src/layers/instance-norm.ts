import { add, groupNorm, mean, moments, mul, reshape, scope, type Tensor } from '@graft/tensor';
import { inference, type Run } from '../run.ts';
import { type BatchNormOptions, blend, ChannelNorm, normalizeBatch } from './batch-norm.ts';
import { dimensionNames, checkShape } from './check-shape.ts';

/**
 * Normalises each channel of each sample of [batch, features, ...] separately. Weight, bias and running statistics are off by
 * default, as in PyTorch; running statistics, if on, are used at inference. (Ulyanov et al. 2016)
 */
abstract class InstanceNorm extends ChannelNorm {
  private readonly dims: number;

  constructor(dims: number, { affine = false, trackRunningStats = false, ...options }: BatchNormOptions) {
    super({ ...options, affine, trackRunningStats });
    this.dims = dims;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    checkShape(this, x, ['batch', this.features, ...dimensionNames(this.dims)]);
    const { running_mean, running_var, weight, bias, epsilon, momentum } = this;
    if (running_mean && (!run.training || running_mean.frozen))
      return normalizeBatch(x, this, { epsilon, momentum }, inference);
    return scope(() => {
      const [n, c] = x.shape as [number, number];
      const along = (v: Tensor): Tensor => reshape(v, [1, -1, ...Array<number>(this.dims).fill(1)]);
      if (running_mean && running_var)
        blend(
          mean(reshape(moments(reshape(x, [1, n * c, -1])), [2, n, c]), 1),
          x.size / (n * c),
          running_mean,
          running_var,
          momentum,
          run,
        );
      const y = groupNorm(x, c, epsilon);
      return weight && bias ? add(mul(y, along(weight.value)), along(bias.value)) : y;
    });
  }
}

/** Of [batch, features, length]. */
export class InstanceNorm1d extends InstanceNorm {
  constructor(options: BatchNormOptions) {
    super(1, options);
  }
}
/** Of images [batch, features, height, width]. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(options: BatchNormOptions) {
    super(2, options);
  }
}
/** Of volumes [batch, features, depth, height, width]. */
export class InstanceNorm3d extends InstanceNorm {
  constructor(options: BatchNormOptions) {
    super(3, options);
  }
}
