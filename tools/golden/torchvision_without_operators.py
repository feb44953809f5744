"""Makes torchvision importable without its compiled operators, as where its wheel is for GPUs and PyTorch is for CPUs: import this first. The networks here do not use them."""
import torch

library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    try:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:
        pass  # torchvision has its own
