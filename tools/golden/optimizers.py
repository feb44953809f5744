"""Prints twenty steps of PyTorch's optimizers down sum((w - [1, -2])^2) from [3, 0.5], as JSON.

Run: python3 tools/golden/optimizers.py > packages/optimizers/src/optimizers.golden.json
"""
import json
import torch

CASES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "sgd nesterov decay": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "adam decay": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.1),
    "adamW": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
}

result = {"origin": f"torch {torch.__version__}, tools/golden/optimizers.py"}
for name, make in CASES.items():
    w = torch.tensor([3.0, 0.5], requires_grad=True)
    optimizer = make([w])
    steps = []
    for _ in range(20):
        optimizer.zero_grad()
        ((w - torch.tensor([1.0, -2.0])) ** 2).sum().backward()
        optimizer.step()
        steps.append(w.detach().tolist())
    result[name] = steps
print(json.dumps(result))
