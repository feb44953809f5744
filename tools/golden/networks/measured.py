"""Exports a network and computes PyTorch's results."""
import contextlib
import copy
import io

import numpy as np
import onnx
from onnx import numpy_helper
import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval


def settled(model, batch):
    """The network with noise on its weights, to make them distinct, and batch norms that keep values bounded.

    What they divide by comes from the data; were the mean of it taken away as well, differences of few images would be all that is left,
    and rounding errors would grow from layer to layer.
    """
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() < 2 or parameter.std() <= 1e-3 * parameter.abs().mean():
                parameter += 0.05 * torch.randn_like(parameter)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]

    def settle(norm, inputs):
        scale = inputs[0].pow(2).mean()
        norm.running_mean = 0.1 * scale.sqrt() * torch.randn_like(norm.running_mean)
        norm.running_var = scale * (0.75 + 0.5 * torch.rand_like(norm.running_var))

    hooks = [norm.register_forward_pre_hook(settle) for norm in norms]
    model.eval()
    with torch.no_grad():
        model(*batch.values())
    for hook in hooks:
        hook.remove()
    return bool(norms)


def exported(model, batch, path, opset, open_batch, training):
    """Writes an ONNX file; in training mode every node and weight is kept, although dropout and batch norms are inactive."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        torch.onnx.export(
            model, tuple(batch.values()), str(path), opset_version=opset, input_names=list(batch), output_names=["output"],
            dynamic_axes={key: {0: "N"} for key in [*batch, "output"]} if open_batch else None,
            training=torch.onnx.TrainingMode.PRESERVE if training else torch.onnx.TrainingMode.EVAL, do_constant_folding=not training,
        )


def folded_copy(model):
    """The network with each batch norm folded into the preceding convolution, as in the default export."""
    model = copy.deepcopy(model)
    for parent in list(model.modules()):
        children = list(parent.named_children())
        for (name, conv), (after, norm) in zip(children, children[1:]):
            if isinstance(conv, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(conv, norm))
                setattr(parent, after, torch.nn.Identity())
    return model


def gradients(model, batch, target, dtype=torch.float64):
    """Output, loss and gradient of every parameter: cross entropy for classes, otherwise mean squared error.

    In float64: in float32, torch 1.13 gives wrong gradients of a GELU before a permutation.
    """
    cast = lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor
    model, target = copy.deepcopy(model).to(dtype), cast(target)
    answer = model(*map(cast, batch.values()))
    loss = torch.nn.functional.cross_entropy(answer, target) if target.dtype == torch.int64 else torch.nn.functional.mse_loss(answer, target)
    loss.backward()
    return answer.detach().float(), loss.item(), {name: parameter.grad.float() for name, parameter in model.named_parameters() if parameter.grad is not None}


def rounding(model, batch, target, grads):
    """Relative difference of PyTorch's own float32 gradients, at most 1: a single flipped ReLU or pooling changes all gradients before it."""
    own = gradients(model, batch, target, torch.float32)[2]
    whole = sum(grad.pow(2).sum() for grad in grads.values()).sqrt()
    shares = ((own[name] - grad).norm().item() / max(grad.norm().item(), 1e-6 * whole.item()) for name, grad in grads.items())
    return max(share if share < 1 else 1.0 for share in shares)  # wrong gradients may hold anything, and JSON has no infinity


def matched(path, model):
    """For each initializer of a file, its parameter and whether it is transposed: matched by name, otherwise by values."""
    parameters = {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}
    found, rest = {}, []
    for tensor in onnx.load(str(path)).graph.initializer:
        value = numpy_helper.to_array(tensor)
        if tensor.name in parameters and parameters[tensor.name].shape == value.shape:
            found[tensor.name] = (tensor.name, False)
        elif value.dtype == np.float32 and value.size > 1:
            rest.append((tensor.name, value))
    taken = {name for name, _ in found.values()}
    for name, value in rest:
        for own, parameter in parameters.items():
            if own in taken or parameter.size != value.size:
                continue
            for turned in (False, True):
                wanted = parameter.T if turned and parameter.ndim == 2 else parameter
                if (not turned or parameter.ndim == 2) and wanted.shape == value.shape and np.allclose(wanted, value, rtol=1e-4, atol=1e-6):
                    found[name] = (own, turned)
                    taken.add(own)
                    break
            if name in found:
                break
    return found
