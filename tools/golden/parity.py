"""A small network trained by PyTorch for 200 steps: initial weights and the loss of each step, as JSON.

The data are a formula of whole numbers, which tools/parity/run-parity.mjs computes as well. `spread` is the greatest relative difference of the
same run in float64 or with its sums in another order: how much of a difference is rounding.

Run: python3 tools/golden/parity.py > tools/parity/parity.golden.json
"""
import copy
import json
import sys
import torch
import torch.nn.functional as F
from torch import nn

STEPS, BATCH, SIZE, CLASSES = 200, 16, 8, 4


def noise(i):
    """From -1 to 1; every intermediate number is an integer below 2^53."""
    for _ in range(4):
        i = (i * i + i + 12345) % 67108859
    return i / 33554429 - 1


def batch(step, dtype):
    """Classes are stripes in four directions, with stronger noise."""
    labels = [(step * 7 + b) % CLASSES for b in range(BATCH)]
    pixels = [
        0.5 * ((((y * (1, 0, 1, 2)[c] + x * (0, 1, 1, 1)[c]) % 4) - 1.5) / 1.5) + 1.2 * noise(((step * BATCH + b) * SIZE + y) * SIZE + x)
        for b, c in enumerate(labels) for y in range(SIZE) for x in range(SIZE)
    ]
    return torch.tensor(pixels, dtype=torch.float64).to(dtype).reshape(BATCH, 1, SIZE, SIZE), torch.tensor(labels)


def network():
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, CLASSES),
    )


optimizers = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-3),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def losses(model, optimizer, dtype=torch.float32, order=None):
    model = copy.deepcopy(model).to(dtype)
    update = optimizers[optimizer](model.parameters())
    out = []
    for step in range(STEPS):
        images, labels = batch(step, dtype)
        if order is not None:
            images, labels = images[order], labels[order]
        loss = F.cross_entropy(model(images), labels)
        update.zero_grad()
        loss.backward()
        update.step()
        out.append(loss.item())
    return out


torch.manual_seed(0)
torch.set_num_threads(1)
model = network()
with torch.no_grad():
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.copy_((value * 1e5).round() / 1e5)
runs = {}
for name in optimizers:
    own = losses(model, name)
    others = [losses(model, name, torch.float64), losses(model, name, order=torch.randperm(BATCH))]
    runs[name] = {"losses": [float(f"{loss:.8g}") for loss in own], "spread": float(f"{max(abs(a - b) / a for other in others for a, b in zip(own, other)):.2g}")}
weights = {name: {"shape": list(value.shape), "values": [round(x, 5) for x in value.flatten().tolist()]} for name, value in model.state_dict().items() if value.is_floating_point()}
json.dump({"origin": f"tools/golden/parity.py, PyTorch {torch.__version__}", "weights": weights, "runs": runs}, sys.stdout)
print()
