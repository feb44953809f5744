import { Module } from '@graft/layers';
import { showShape, type Tensor, transpose } from '@graft/tensor';

/** Turns a map with the channels last, [batch, height, width, channels], into [batch, channels, height, width]. */
export class ChannelsFirst extends Module {
  /** @throws if the input has another number of dimensions */
  override forward(x: Tensor): Tensor {
    if (x.rank !== 4)
      throw new Error(`ChannelsFirst expects a map [batch, height, width, channels], got ${showShape(x.shape)}.`);
    return transpose(x, [0, 3, 1, 2]);
  }
}
