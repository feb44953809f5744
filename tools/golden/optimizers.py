"""Prints twenty steps of optimizers as JSON: PyTorch's down sum((w - [1, -2])^2) from [3, 0.5], and all of them down sum((x w + b - y)^2).

PyTorch 1.13 has no Lion, LAMB, LARS, Muon, Lookahead or schedule-free AdamW, and its NAdam counts the momentum twice in the look-ahead
(torch 2 does not): for these the formulas of the papers, or of the authors' code, stand below.

Run: python3 tools/golden/optimizers.py > packages/optimizers/src/optimizers.golden.json
"""
import json
import math
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


torch.manual_seed(3)
x, y, w0, b0 = (torch.randn(*shape).mul(2).round(decimals=2) for shape in ((5, 3), (5, 2), (3, 2), (2,)))


def trajectory(make, steps=20, micro=1):
    w, b = w0.clone().requires_grad_(True), b0.clone().requires_grad_(True)
    step = make([w, b])
    rows = []
    for i in range(steps):
        for p in (w, b):
            p.grad = None
        scale = 1 + i % micro  # gradients that differ from one small step to the next
        (((x @ w + b - y) ** 2).sum() * scale).backward()
        step(i)
        rows.append([float(f"{v:.8g}") for v in [*w.detach().flatten().tolist(), *b.detach().tolist()]])
    return rows


def torch_optimizer(name, **options):
    def make(params):
        optimizer = getattr(torch.optim, name)(params, **options)
        return lambda i: optimizer.step()
    return make


def own(init, update):
    """init(p) -> state; update(p, g, state, t) changes p and state; t counts from 1."""
    def make(params):
        states = [init(p.detach()) for p in params]

        @torch.no_grad()
        def step(i):
            for p, state in zip(params, states):
                update(p, p.grad, state, i + 1)
        return step
    return make


def moments(p):
    return {"m": torch.zeros_like(p), "v": torch.zeros_like(p)}


def adam_direction(g, s, t, b1=0.9, b2=0.999, eps=1e-8):
    s["m"] = b1 * s["m"] + (1 - b1) * g
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    return s["m"] / (1 - b1 ** t) / ((s["v"] / (1 - b2 ** t)).sqrt() + eps)


def nadam(p, g, s, t, lr=0.05, b1=0.9, b2=0.999, eps=1e-8, decay=4e-3):  # torch 2's _single_tensor_nadam
    mu, mu_next = (b1 * (1 - 0.5 * 0.96 ** (k * decay)) for k in (t, t + 1))
    s["product"] = s.get("product", 1.0) * mu
    s["m"] = b1 * s["m"] + (1 - b1) * g
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    denominator = (s["v"] / (1 - b2 ** t)).sqrt() + eps
    p -= lr * (1 - mu) / (1 - s["product"]) * g / denominator + lr * mu_next / (1 - s["product"] * mu_next) * s["m"] / denominator


def lion(p, g, s, t, lr=0.02, b1=0.9, b2=0.99, decay=0.1):  # google/automl lion_pytorch.py
    p *= 1 - lr * decay
    p -= lr * (b1 * s["m"] + (1 - b1) * g).sign()
    s["m"] = b2 * s["m"] + (1 - b2) * g


def trust(p, u):
    return p.norm() / u.norm() if p.norm() > 0 and u.norm() > 0 else 1.0


def lamb(p, g, s, t, lr=0.02, decay=0.1):
    u = adam_direction(g, s, t, eps=1e-6) + decay * p
    p -= lr * trust(p, u) * u


def lars(p, g, s, t, lr=1.0, decay=0.1, momentum=0.9, coefficient=0.01):  # optax.lars
    u = g + decay * p
    s["m"] = momentum * s["m"] + lr * coefficient * trust(p, u) * u
    p -= s["m"]


def muon(p, g, s, t, lr=0.05, momentum=0.95, decay=0.1):  # KellerJordan/Muon muon.py, in float32
    if p.dim() < 2:
        p -= 0.03 * (adam_direction(g, s, t) + decay * p)
        return
    s["m"].lerp_(g, 1 - momentum)
    u = g.lerp(s["m"], momentum)
    tall = u.shape[0] > u.shape[1]
    z = u.T if tall else u
    z = z / (z.norm() + 1e-7)
    for _ in range(5):
        gram = z @ z.T
        z = 3.4445 * z + (-4.7750 * gram + 2.0315 * gram @ gram) @ z
    z = z.T if tall else z
    p *= 1 - lr * decay
    p -= lr * max(1, p.shape[0] / p.shape[1]) ** 0.5 * z


def schedule_free(p, g, s, t, warm=5, b1=0.9, b2=0.999, eps=1e-8, decay=0.1):  # facebookresearch/schedule_free adamw_schedulefree_reference.py, y and z
    lr = 0.05 * min(1, t / warm)
    s.setdefault("z", p.clone())
    s["top"] = max(lr, s.get("top", 0))
    weight = s["top"] ** 2
    s["sum"] = s.get("sum", 0) + weight
    share = weight / s["sum"]
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    u = g / ((s["v"] / (1 - b2 ** t)).sqrt() + eps) + decay * p
    p.lerp_(s["z"], share)
    p += lr * (b1 * (1 - share) - 1) * u
    s["z"] -= lr * u
    s["x"] = p + (1 - 1 / b1) * (s["z"] - p)


def lookahead(params):
    fast = torch.optim.Adam(params, lr=0.05)
    slow = [p.detach().clone() for p in params]

    @torch.no_grad()
    def step(i):
        fast.step()
        if (i + 1) % 4 == 0:
            for p, q in zip(params, slow):
                q += 0.5 * (p - q)
                p.copy_(q)
    return step


def accumulated(params):
    optimizer = torch.optim.Adam(params, lr=0.05)
    sums = [torch.zeros_like(p) for p in params]

    def step(i):
        for p, q in zip(params, sums):
            q += p.grad / 4
            p.grad = q.clone()
        if (i + 1) % 4 == 0:
            optimizer.step()
            for q in sums:
                q.zero_()
    return step


def max_norm(params):
    optimizer = torch.optim.SGD(params, lr=0.01)

    @torch.no_grad()
    def step(i):
        optimizer.step()
        params[0].copy_(torch.renorm(params[0], 2, 0, 1.5))
    return step


def clipped(clip):
    def make(params):
        optimizer = torch.optim.SGD(params, lr=0.1)

        def step(i):
            clip(params)
            optimizer.step()
        return step
    return make


def one_cycle(params):
    optimizer = torch.optim.Adam(params, lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=21, base_momentum=0.8, max_momentum=0.95)

    def step(i):
        optimizer.step()
        schedule.step()
    return step


result["problem"] = {"x": x.tolist(), "y": y.tolist(), "w": w0.tolist(), "b": b0.tolist()}
def grouped(params):
    """Groups with their own rates, schedules and decays."""
    weight, bias = params
    optimizer = torch.optim.AdamW([{"params": [weight], "lr": 0.05, "weight_decay": 0.2}, {"params": [bias], "lr": 0.2, "weight_decay": 0}])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda i: 0.9**i, lambda i: 1 / (1 + i)])

    def step(i):
        optimizer.step()
        schedule.step()
    return step


result["matrices"] = {
    "adam amsgrad": trajectory(torch_optimizer("Adam", lr=0.2, amsgrad=True, weight_decay=0.1)),
    "adam one cycle": trajectory(one_cycle),
    "rmsprop": trajectory(torch_optimizer("RMSprop", lr=0.05)),
    "rmsprop centered momentum": trajectory(torch_optimizer("RMSprop", lr=0.01, alpha=0.9, centered=True, momentum=0.8, weight_decay=0.1)),
    "adagrad": trajectory(torch_optimizer("Adagrad", lr=0.3, lr_decay=0.05, initial_accumulator_value=0.1, weight_decay=0.1)),
    "adadelta": trajectory(torch_optimizer("Adadelta", lr=5.0, rho=0.8, weight_decay=0.1)),
    "adamax": trajectory(torch_optimizer("Adamax", lr=0.1, weight_decay=0.1)),
    "radam": trajectory(torch_optimizer("RAdam", lr=0.1, betas=(0.9, 0.99), weight_decay=0.1)),
    "nadam": trajectory(own(moments, nadam)),
    "lion": trajectory(own(moments, lion)),
    "lamb": trajectory(own(moments, lamb)),
    "lars": trajectory(own(moments, lars)),
    "muon": trajectory(own(moments, muon)),
    "schedule-free adamW": trajectory(own(moments, schedule_free)),
    "lookahead": trajectory(lookahead),
    "accumulate": trajectory(accumulated, micro=4),
    "max norm": trajectory(max_norm),
    "clip value": trajectory(clipped(lambda params: torch.nn.utils.clip_grad_value_(params, 0.7))),
    "clip norm": trajectory(clipped(lambda params: [torch.nn.utils.clip_grad_norm_([p], 0.7) for p in params])),
    "clip global norm": trajectory(clipped(lambda params: torch.nn.utils.clip_grad_norm_(params, 0.7))),
    "groups": trajectory(grouped),
}


def evaluated():
    states = []

    def init(p):
        states.append(moments(p))
        return states[-1]
    trajectory(own(init, schedule_free))
    return [v for s in states for v in s["x"].flatten().tolist()]


result["schedule-free average"] = evaluated()


def averages(make):
    model = torch.nn.Linear(2, 1, bias=False)
    average = make(model)
    rows = []
    for i in range(8):
        with torch.no_grad():
            model.weight.copy_(torch.tensor([[math.sin(i), i * i / 8]]))
        average.update_parameters(model)
        rows.append(average.module.weight.flatten().tolist())
    return rows


AveragedModel = torch.optim.swa_utils.AveragedModel
result["averages"] = {"ema": averages(lambda m: AveragedModel(m, avg_fn=lambda a, p, n: 0.8 * a + 0.2 * p)), "swa": averages(AveragedModel)}
print(json.dumps(result))
