"""Seconds of PyTorch's eager mode for a new head on a frozen MobileNetV2, with the backbone run in each epoch or once, as JSON.

Run: python3 torch_fine_tuning.py <weights.safetensors> <photos> <training photos> <epochs> <batch> <threads> <epochs that are timed>
An epoch with the backbone is like any other: some are timed, and their mean is taken for each.
"""
import json
import struct
import sys
import time

import numpy
import torch
import torchvision
from torchvision import transforms

weights, photos, training, epochs, batch, threads, timed = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
torch.set_num_threads(threads)
torch.manual_seed(1)


def load_weights(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(numpy.frombuffer(data[slice(*entry["data_offsets"])], dtype=numpy.float32).reshape(entry["shape"]).copy())
        for name, entry in header.items()
    }


start = time.perf_counter()
model = torchvision.models.mobilenet_v2()
model.load_state_dict(load_weights(weights), strict=False)
for parameter in model.parameters():
    parameter.requires_grad = False
head = torch.nn.Linear(1280, 2)
model.classifier = torch.nn.Identity()
model.eval()
look = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
data = torchvision.datasets.ImageFolder(photos, look)
step = len(data) // (len(data) - training)
held = [i for i in range(len(data)) if i % step == 0]
learned = [i for i in range(len(data)) if i % step != 0]
load = lambda indices, shuffle: torch.utils.data.DataLoader(torch.utils.data.Subset(data, indices), batch_size=batch, shuffle=shuffle)
begun = time.perf_counter() - start


def begin():
    head.reset_parameters()
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-2)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(learned) // batch))


def epoch(batches, held_out, features):
    for x, y in batches:
        loss = torch.nn.functional.cross_entropy(head(features(x)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    right = 0
    with torch.no_grad():
        for x, y in held_out:
            right += (head(features(x)).argmax(1) == y).sum().item()
    return right / len(held)


def backbone(x):
    with torch.no_grad():
        return model(x)


optimizer, schedule = begin()
start = time.perf_counter()
for _ in range(timed):
    epoch(load(learned, True), load(held, False), backbone)
recomputed = begun + (time.perf_counter() - start) / timed * epochs

optimizer, schedule = begin()
start = time.perf_counter()
keep = lambda indices: [torch.cat(parts) for parts in zip(*((backbone(x), y) for x, y in load(indices, False)))]
kept_learned, kept_held = (torch.utils.data.TensorDataset(*keep(indices)) for indices in (learned, held))
for _ in range(epochs):
    accuracy = epoch(torch.utils.data.DataLoader(kept_learned, batch_size=batch, shuffle=True), torch.utils.data.DataLoader(kept_held, batch_size=256), lambda x: x)
kept = begun + time.perf_counter() - start
print(json.dumps({"version": torch.__version__, "recomputed": recomputed, "kept": kept, "accuracy": accuracy}))
