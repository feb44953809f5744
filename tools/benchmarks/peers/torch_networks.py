"""Images per second of torchvision's networks in PyTorch eager mode, and of a training step with SGD, as JSON.

Run: python3 torch_networks.py <network> <batch> <threads> <seconds>
"""
import json
import resource
import sys

import torch
import torchvision

from measure import median_seconds

network, batch, threads, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
torch.set_num_threads(threads)
model = getattr(torchvision.models, network)()
image = torch.randn(batch, 3, 224, 224)
target = torch.arange(batch)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forward():
    with torch.no_grad():
        model(image)


def step():
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(image), target).backward()
    optimizer.step()


def images_per_second(run):
    return batch / median_seconds(run, seconds)


model.eval()
result = {"forward": images_per_second(forward)}
model.train()
result["training"] = images_per_second(step)
result["bytes"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - loaded) * 1024
result["version"] = torch.__version__
print(json.dumps(result))
