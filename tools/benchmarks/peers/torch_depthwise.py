"""Milliseconds of a depthwise 3×3 convolution's three directions in PyTorch, on one thread, as JSON.

Run: python3 torch_depthwise.py <batch> <channels> <size> <stride> <seconds>
"""
import json
import sys

import torch

from measure import median_seconds

batch, channels, size, stride, seconds = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
torch.set_num_threads(1)
x = torch.randn(batch, channels, size, size)
w = torch.randn(channels, 1, 3, 3)
g = torch.ones_like(torch.nn.functional.conv2d(x, w, None, stride, 1, 1, channels))


def gradient(input_wanted, weight_wanted):
    return torch.ops.aten.convolution_backward(g, x, w, None, [stride, stride], [1, 1], [1, 1], False, [0, 0], channels, [input_wanted, weight_wanted, False])


def milliseconds(run):
    return 1000 * median_seconds(run, seconds)


with torch.no_grad():
    print(json.dumps({
        "version": torch.__version__,
        "milliseconds": [
            milliseconds(lambda: torch.nn.functional.conv2d(x, w, None, stride, 1, 1, channels)),
            milliseconds(lambda: gradient(True, False)),
            milliseconds(lambda: gradient(False, True)),
        ],
    }))
