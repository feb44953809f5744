"""Images per second of torchvision's networks in PyTorch eager mode, and of a training step with SGD, as JSON.

Run: python3 torch_networks.py <network> <batch> <threads> <seconds>
"""
import json
import resource
import sys
import time

import torch
import torchvision

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


def median(run):
    run()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 3:
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return batch / sorted(times)[len(times) // 2]


model.eval()
result = {"forward": median(forward)}
model.train()
result["training"] = median(step)
result["bytes"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - loaded) * 1024
result["version"] = torch.__version__
print(json.dumps(result))
