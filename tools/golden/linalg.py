"""Decompositions of matrices by PyTorch in float64, with gradients, as JSON.

Run: python3 tools/golden/linalg.py > packages/tensor/src/ops/linalg.golden.json
"""
import json
import torch

torch.manual_seed(3)
cases = []


def rounded(*shape):
    return torch.randn(*shape).double().round(decimals=3)


def case(op, inputs, fn):
    """Values, and the gradients of a sum of all of them times 0.3, 0.6, 0.9, …"""
    inputs = [x.clone().requires_grad_(True) for x in inputs]
    outputs = fn(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    sum((y * (0.3 * torch.arange(1, y.numel() + 1).double().reshape(y.shape))).sum() for y in outputs).backward()
    cases.append({
        "op": op, "inputs": [{"shape": list(x.shape), "values": numbers(x)} for x in inputs],
        "outputs": [{"shape": list(y.shape), "values": numbers(y)} for y in outputs], "gradients": [numbers(x.grad) for x in inputs],
    })


def numbers(x):
    return [float(f"{value:.8g}") for value in x.detach().flatten().tolist()]


def definite(*shape):
    x = rounded(*shape)
    return (x @ x.mT / shape[-1] + torch.eye(shape[-1]).double()).round(decimals=3)


def product(x):
    """U and V are only unique up to signs: compares what does not depend on them."""
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    return s, u @ vh


case("cholesky", [definite(2, 4, 4)], torch.linalg.cholesky)
case("solve", [rounded(2, 3, 3), rounded(3, 2)], torch.linalg.solve)
case("solve", [rounded(4, 4), rounded(4)], torch.linalg.solve)
case("inverse", [rounded(2, 3, 3)], torch.linalg.inv)
case("det", [rounded(3, 4, 4)], torch.linalg.det)
case("qr", [rounded(4, 3)], torch.linalg.qr)
case("qr", [rounded(2, 3, 3)], torch.linalg.qr)
case("qr", [rounded(2, 4)], torch.linalg.qr)
case("svd", [rounded(4, 3)], product)
case("svd", [rounded(2, 2, 5)], product)
case("svd", [rounded(3, 3)], product)
json.dump({"origin": f"tools/golden/linalg.py, PyTorch {torch.__version__}", "cases": cases}, __import__("sys").stdout)
print()
