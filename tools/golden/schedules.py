"""Prints two hundred steps of PyTorch's learning-rate schedules as JSON; every fourth value, and the last.

Run: python3 tools/golden/schedules.py > packages/optimizers/src/schedules.golden.json
"""
import json
import math
import torch
from torch.optim import lr_scheduler as S


def run(make, lr=0.5, key="lr", **options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)
    schedule = make(optimizer)
    values = []
    for _ in range(200):
        values.append(optimizer.param_groups[0][key])
        optimizer.step()
        schedule.step()
    return values


def plateau(**options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    schedule = S.ReduceLROnPlateau(optimizer, **options)
    values = []
    for step in range(200):
        schedule.step(observed(step))
        values.append(optimizer.param_groups[0]["lr"])
    return values


def observed(step):
    return math.exp(-step / 40) + 0.2 * math.sin(step) ** 2


cycle = dict(max_lr=0.5, total_steps=201, pct_start=0.3, base_momentum=0.85, max_momentum=0.95)
result = {
    "constant": run(lambda o: S.LambdaLR(o, lambda step: 1.0)),
    "linear": run(lambda o: S.LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=150)),
    "polynomial": run(lambda o: S.PolynomialLR(o, total_iters=150, power=2)),
    "cosine": run(lambda o: S.CosineAnnealingLR(o, T_max=200, eta_min=0.01)),
    "cosineRestarts": run(lambda o: S.CosineAnnealingWarmRestarts(o, T_0=50, eta_min=0.01)),
    "cosineRestarts doubled": run(lambda o: S.CosineAnnealingWarmRestarts(o, T_0=20, T_mult=2)),
    "stepDecay": run(lambda o: S.StepLR(o, step_size=30, gamma=0.5)),
    "multiStep": run(lambda o: S.MultiStepLR(o, milestones=[20, 90, 91], gamma=0.3)),
    "exponential": run(lambda o: S.ExponentialLR(o, gamma=0.97)),
    "inverseTime": run(lambda o: S.LambdaLR(o, lambda step: 1 / (1 + 0.05 * step))),
    "warmUp": run(lambda o: S.SequentialLR(o, [S.LinearLR(o, start_factor=1 / 21, total_iters=20), S.ExponentialLR(o, gamma=0.98)], milestones=[20])),
    "inTurn": run(lambda o: S.SequentialLR(o, [S.ConstantLR(o, factor=0.1, total_iters=1000), S.StepLR(o, step_size=40, gamma=0.5)], milestones=[60])),
    "oneCycle": run(lambda o: S.OneCycleLR(o, **cycle)),
    "oneCycleMomentum": run(lambda o: S.OneCycleLR(o, **cycle), key="momentum"),
    "plateau": plateau(patience=3, factor=0.5, threshold=0.01),
    "plateau max absolute": plateau(mode="max", patience=5, factor=0.3, threshold=0.001, threshold_mode="abs", cooldown=4, min_lr=0.01),
}
print(json.dumps({"origin": f"torch {torch.__version__}, tools/golden/schedules.py", **{name: [float(f"{v:.10g}") for v in values[::4] + values[-1:]] for name, values in result.items()}}))
