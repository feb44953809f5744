"""Outputs and gradients of layers by PyTorch, as JSON: its own if available, otherwise the paper's formula in its ops.

Run: python3 tools/golden/layers.py > packages/layers/src/layers/layers.golden.json
"""
import json
import math
import warnings
import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
cases = []


def numbers(t):
    return {"shape": list(t.shape), "data": [float(f"{v:.6g}") for v in t.detach().flatten().tolist()]}


def rounded(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).round(decimals=2)


def case(layer, options, module, x, call=None, training=False, extra=None, **inputs):
    """Gradients are those of the sum of the output times fixed weights. `call` computes from module, x and the other inputs."""
    module.train(training)
    floats = x.is_floating_point()
    for parameter in module.parameters():
        parameter.data = rounded(*parameter.shape, scale=0.5) if parameter.dim() else parameter.data
    for name, buffer in module.named_buffers():
        if buffer.is_floating_point():
            buffer.copy_((buffer + rounded(*buffer.shape, scale=0.3).abs()).round(decimals=2))
    before = {name: numbers(value) for name, value in module.state_dict().items() if value.is_floating_point()}
    given = x.clone().requires_grad_(True) if floats else x
    output = call(module, given, **inputs) if call else module(given)
    outputs = output if isinstance(output, tuple) else (output,)
    loss = sum((out * weights_like(out)).sum() for out in outputs)
    wrt = ([given] if floats else []) + list(module.parameters())
    grads = torch.autograd.grad(loss, wrt)
    named = [name for name, _ in module.named_parameters()]
    entry = {"layer": layer, "options": options, "input": {**numbers(given), **({} if floats else {"dtype": "int32"})}, "outputs": [numbers(out) for out in outputs]}
    if floats:
        entry["gradient"] = numbers(grads[0])
    if before:
        entry["weights"] = before
    if named:
        entry["gradients"] = {name: numbers(grad) for name, grad in zip(named, grads[1 if floats else 0:])}
    if training:
        entry["training"] = True
        entry["buffers"] = {name: numbers(value) for name, value in module.named_buffers() if value.is_floating_point()}
    if inputs:
        entry["inputs"] = {name: {**numbers(value.double()), **({"dtype": "bool"} if value.dtype == torch.bool else {})} for name, value in inputs.items()}
    cases.append({**entry, **(extra or {})})


def weights_like(out):
    return torch.sin(1 + 2.3 * torch.arange(out.numel())).reshape(out.shape) + 0.1


class Fn(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x):
        return self.fn(x)


sequence, image, volume = rounded(2, 4, 5), rounded(2, 4, 4, 3), rounded(1, 2, 3, 3, 3)

# linear and convolutions
case("linear", {"in": 4, "out": 3}, nn.Linear(4, 3), rounded(2, 3, 4))
case("linear", {"in": 4, "out": 3, "bias": False}, nn.Linear(4, 3, bias=False), rounded(2, 4))
case("conv1d", {"in": 4, "out": 3, "kernel": 3}, nn.Conv1d(4, 3, 3), sequence)
case("conv1d", {"in": 4, "out": 6, "kernel": 2, "stride": 2, "padding": 1, "dilation": 2, "groups": 2, "bias": False}, nn.Conv1d(4, 6, 2, 2, 1, 2, 2, bias=False), sequence)
case("conv1d", {"in": 4, "out": 2, "kernel": 4, "padding": "same", "paddingMode": "reflect"}, nn.Conv1d(4, 2, 4, padding="same", padding_mode="reflect"), sequence)
case("conv2d", {"in": 4, "out": 3, "kernel": [3, 2], "stride": [1, 2], "padding": [1, 0], "dilation": [2, 1]}, nn.Conv2d(4, 3, (3, 2), (1, 2), (1, 0), (2, 1)), image)
case("conv2d", {"in": 4, "out": 8, "kernel": 3, "groups": 4, "padding": 1}, nn.Conv2d(4, 8, 3, groups=4, padding=1), image)
case("conv2d", {"in": 4, "out": 2, "kernel": 2, "padding": "same"}, nn.Conv2d(4, 2, 2, padding="same"), image)
case("conv2d", {"in": 4, "out": 2, "kernel": 3, "padding": 1, "paddingMode": "circular"}, nn.Conv2d(4, 2, 3, padding=1, padding_mode="circular"), image)
case("conv2d", {"in": 4, "out": 2, "kernel": 3, "padding": [2, 1], "paddingMode": "replicate"}, nn.Conv2d(4, 2, 3, padding=(2, 1), padding_mode="replicate"), image)
case("conv3d", {"in": 2, "out": 3, "kernel": 2}, nn.Conv3d(2, 3, 2), volume)
case("conv3d", {"in": 2, "out": 2, "kernel": [3, 2, 1], "stride": [2, 1, 1], "padding": [1, 0, 1], "dilation": [1, 2, 1], "groups": 2}, nn.Conv3d(2, 2, (3, 2, 1), (2, 1, 1), (1, 0, 1), (1, 2, 1), 2), volume)
case("convTranspose1d", {"in": 4, "out": 3, "kernel": 3, "stride": 2, "padding": 1, "outputPadding": 1}, nn.ConvTranspose1d(4, 3, 3, 2, 1, 1), rounded(2, 4, 3))
case("convTranspose1d", {"in": 4, "out": 2, "kernel": 3, "dilation": 2, "groups": 2, "bias": False}, nn.ConvTranspose1d(4, 2, 3, dilation=2, groups=2, bias=False), rounded(1, 4, 3))
case("convTranspose2d", {"in": 4, "out": 2, "kernel": [2, 3], "stride": [2, 1], "padding": [0, 1]}, nn.ConvTranspose2d(4, 2, (2, 3), (2, 1), (0, 1)), rounded(1, 4, 2, 3))
case("convTranspose2d", {"in": 4, "out": 4, "kernel": 3, "stride": 2, "padding": 1, "outputPadding": 1, "groups": 2}, nn.ConvTranspose2d(4, 4, 3, 2, 1, 1, groups=2), rounded(1, 4, 3, 2))
case("convTranspose2d", {"in": 2, "out": 2, "kernel": 2, "dilation": 2, "outputPadding": 1}, nn.ConvTranspose2d(2, 2, 2, dilation=2, output_padding=1), rounded(1, 2, 2, 3))
case("convTranspose3d", {"in": 2, "out": 2, "kernel": 2, "stride": 2, "padding": 1, "outputPadding": [1, 0, 1]}, nn.ConvTranspose3d(2, 2, 2, 2, 1, (1, 0, 1)), rounded(1, 2, 2, 3, 2))


class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False)
        self.pointwise = nn.Conv2d(8, 3, 1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


case("separableConv2d", {"in": 4, "out": 3, "kernel": 3, "padding": 1, "multiplier": 2}, Separable(), image)

# normalisation
maps = rounded(2, 4, 2, 3)
for training in (False, True):
    case("batchNorm1d", {"features": 4}, nn.BatchNorm1d(4), rounded(5, 4), training=training)
    case("batchNorm1d", {"features": 4, "momentum": 0.3, "epsilon": 0.01}, nn.BatchNorm1d(4, eps=0.01, momentum=0.3), sequence, training=training)
    case("batchNorm2d", {"features": 4}, nn.BatchNorm2d(4), maps, training=training)
    case("batchNorm2d", {"features": 4, "affine": False}, nn.BatchNorm2d(4, affine=False), maps, training=training)
    case("batchNorm2d", {"features": 4, "trackRunningStats": False}, nn.BatchNorm2d(4, track_running_stats=False), maps, training=training)
    case("batchNorm3d", {"features": 2}, nn.BatchNorm3d(2), volume, training=training)
    case("instanceNorm1d", {"features": 4}, nn.InstanceNorm1d(4), sequence, training=training)
    case("instanceNorm2d", {"features": 4, "affine": True}, nn.InstanceNorm2d(4, affine=True), maps, training=training)
    case("instanceNorm2d", {"features": 4, "trackRunningStats": True, "affine": True, "momentum": 0.2}, nn.InstanceNorm2d(4, affine=True, track_running_stats=True, momentum=0.2), maps, training=training)
    case("instanceNorm3d", {"features": 2, "trackRunningStats": True}, nn.InstanceNorm3d(2, track_running_stats=True), volume, training=training)
case("groupNorm", {"groups": 2, "features": 4}, nn.GroupNorm(2, 4), maps)
case("groupNorm", {"groups": 4, "features": 4, "affine": False, "epsilon": 0.01}, nn.GroupNorm(4, 4, eps=0.01, affine=False), sequence)
case("layerNorm", {"features": 3}, nn.LayerNorm(3), maps)
case("layerNorm", {"features": [2, 3], "epsilon": 0.01}, nn.LayerNorm([2, 3], eps=0.01), maps)
case("layerNorm", {"features": 3, "affine": False}, nn.LayerNorm(3, elementwise_affine=False), maps)


class RMSNorm(nn.Module):  # torch 2's formula: x / sqrt(mean(x²) + eps) · weight
    def __init__(self, shape, eps=torch.finfo(torch.float32).eps, affine=True):
        super().__init__()
        self.axes, self.eps = tuple(range(-len(shape), 0)), eps
        self.weight = nn.Parameter(torch.ones(shape)) if affine else None

    def forward(self, x):
        y = x * torch.rsqrt(x.pow(2).mean(self.axes, keepdim=True) + self.eps)
        return y if self.weight is None else y * self.weight


case("rmsNorm", {"features": 3}, RMSNorm([3]), maps)
case("rmsNorm", {"features": [2, 3], "epsilon": 0.01, "affine": False}, RMSNorm([2, 3], 0.01, False), maps)

# embeddings and positions
indices = torch.tensor([[0, 3, 3], [4, 1, 0]])
case("embedding", {"count": 5, "features": 3}, nn.Embedding(5, 3), indices)
case("embedding", {"count": 5, "features": 3, "paddingIndex": 3}, nn.Embedding(5, 3, padding_idx=3), indices, training=True)


class Learned(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(6, 4))

    def forward(self, x):
        return x + self.weight[: x.shape[1]]


def sinusoidal(x, period=10000.0):
    position = torch.arange(x.shape[1])[:, None].double()
    frequency = torch.exp(torch.arange(0, x.shape[2], 2).double() * (-math.log(period) / x.shape[2]))
    table = torch.zeros(x.shape[1:])
    table[:, 0::2] = torch.sin(position * frequency)
    table[:, 1::2] = torch.cos(position * frequency)[:, : x.shape[2] // 2]
    return x + table


case("learnedPositionalEncoding", {"count": 6, "features": 4}, Learned(), rounded(2, 5, 4))
case("sinusoidalPositionalEncoding", {"features": 4}, Fn(sinusoidal), rounded(2, 5, 4))
case("sinusoidalPositionalEncoding", {"features": 5, "period": 100}, Fn(lambda x: sinusoidal(x, 100.0)), rounded(1, 4, 5))

# recurrent
steps = rounded(2, 3, 2)
for name, kind, states in (("rnn", nn.RNN, 1), ("gru", nn.GRU, 1), ("lstm", nn.LSTM, 2)):
    case(name, {"in": 2, "hidden": 3}, kind(2, 3, batch_first=True), steps, call=lambda m, x: m(x)[0])
    case(name, {"in": 2, "hidden": 2, "numLayers": 2, "bidirectional": True}, kind(2, 2, 2, bidirectional=True, batch_first=True), steps, call=lambda m, x: m(x)[0])

    def unrolled(m, x, **initial):
        given = tuple(initial.values())
        output, last = m(x, given if len(given) > 1 else given[0])
        return (output, *(last if isinstance(last, tuple) else (last,)))

    case(name, {"in": 2, "hidden": 2, "bidirectional": True, "bias": False}, kind(2, 2, bidirectional=True, bias=False, batch_first=True), steps, call=unrolled, extra={"call": "unroll"}, **{f"state{i}": rounded(2, 2, 2) for i in range(states)})
case("rnn", {"in": 2, "hidden": 3, "nonlinearity": "relu", "numLayers": 2}, nn.RNN(2, 3, 2, nonlinearity="relu", batch_first=True), steps, call=lambda m, x: m(x)[0])

# attention
words = rounded(2, 3, 4)
padding = torch.tensor([[False, False, True], [False, False, False]])
blocked = torch.tensor([[False, True, False], [False, False, True], [True, False, False]])
causal = torch.triu(torch.ones(3, 3), 1).bool()
case("multiheadAttention", {"features": 4, "heads": 2}, nn.MultiheadAttention(4, 2, batch_first=True), words, call=lambda m, x: m(x, x, x)[0])
case("multiheadAttention", {"features": 4, "heads": 1, "bias": False}, nn.MultiheadAttention(4, 1, bias=False, batch_first=True), words, call=lambda m, x: m(x, x, x)[0])
case("multiheadAttention", {"features": 4, "heads": 2, "causal": True}, nn.MultiheadAttention(4, 2, batch_first=True), words, call=lambda m, x: m(x, x, x, attn_mask=causal)[0])
attend = {"call": "attend"}
case("multiheadAttention", {"features": 4, "heads": 2}, nn.MultiheadAttention(4, 2, batch_first=True), words, call=lambda m, x, key, value: m(x, key, value)[0], extra=attend, key=rounded(2, 5, 4), value=rounded(2, 5, 4))
case("multiheadAttention", {"features": 4, "heads": 2}, nn.MultiheadAttention(4, 2, batch_first=True), words, call=lambda m, x, keyPaddingMask, attentionMask: m(x, x, x, key_padding_mask=keyPaddingMask, attn_mask=attentionMask)[0], extra=attend, keyPaddingMask=padding, attentionMask=blocked)
case("multiheadAttention", {"features": 4, "heads": 2}, nn.MultiheadAttention(4, 2, batch_first=True), words, call=lambda m, x, attentionMask: m(x, x, x, attn_mask=attentionMask)[0], extra=attend, attentionMask=rounded(4, 3, 3))
case("multiheadAttention", {"features": 4, "heads": 2}, nn.MultiheadAttention(4, 2, batch_first=True), words, call=lambda m, x, keyPaddingMask: m(x, x, x, key_padding_mask=keyPaddingMask)[0], extra=attend, keyPaddingMask=padding)


def encoder_layer(**options):
    return nn.TransformerEncoderLayer(4, 2, 5, 0.0, batch_first=True, **options)


width = {"features": 4, "heads": 2, "feedforward": 5, "dropout": 0}
case("transformerEncoderLayer", width, encoder_layer(), words, training=True)
case("transformerEncoderLayer", {**width, "normFirst": True, "activation": "gelu", "epsilon": 0.01}, encoder_layer(norm_first=True, activation="gelu", layer_norm_eps=0.01), words, training=True)
case("transformerEncoderLayer", {**width, "causal": True}, encoder_layer(), words, call=lambda m, x: m(x, src_mask=causal), training=True)
case("transformerEncoder", {**width, "numLayers": 2, "norm": True}, nn.TransformerEncoder(encoder_layer(), 2, nn.LayerNorm(4)), words, training=True)
case("transformerEncoder", {**width, "numLayers": 1}, nn.TransformerEncoder(encoder_layer(), 1), words, call=lambda m, x, keyPaddingMask: m(x, src_key_padding_mask=keyPaddingMask), training=True, extra={"call": "encode"}, keyPaddingMask=padding)


# pooling
def distinct(*shape):
    size = math.prod(shape)
    return ((torch.randperm(size).double() - size / 2) * 0.1 + 0.03).reshape(shape)


lines, pictures, blocks = distinct(1, 2, 8), distinct(1, 2, 6, 5), distinct(1, 1, 4, 5, 4)
case("maxPool1d", {"kernel": 3}, nn.MaxPool1d(3), lines)
case("maxPool1d", {"kernel": 3, "stride": 2, "padding": 1, "dilation": 2, "ceilMode": True}, nn.MaxPool1d(3, 2, 1, 2, ceil_mode=True), lines)
case("maxPool2d", {"kernel": [3, 2], "stride": [2, 1], "padding": [1, 0]}, nn.MaxPool2d((3, 2), (2, 1), (1, 0)), pictures)
case("maxPool2d", {"kernel": 2, "dilation": 2, "ceilMode": True}, nn.MaxPool2d(2, dilation=2, ceil_mode=True), pictures)
case("maxPool3d", {"kernel": 2, "stride": [1, 2, 2], "padding": [0, 1, 0]}, nn.MaxPool3d(2, (1, 2, 2), (0, 1, 0)), blocks)
case("maxPool3d", {"kernel": 2, "ceilMode": True}, nn.MaxPool3d(2, ceil_mode=True), blocks)
case("avgPool1d", {"kernel": 3, "stride": 2, "padding": 1}, nn.AvgPool1d(3, 2, 1), lines)
case("avgPool1d", {"kernel": 3, "padding": 1, "ceilMode": True, "countIncludePad": False}, nn.AvgPool1d(3, padding=1, ceil_mode=True, count_include_pad=False), lines)
case("avgPool2d", {"kernel": 2}, nn.AvgPool2d(2), pictures)
case("avgPool2d", {"kernel": 3, "stride": 2, "padding": 1, "ceilMode": True}, nn.AvgPool2d(3, 2, 1, True), pictures)
case("avgPool2d", {"kernel": 3, "stride": 2, "padding": 1, "countIncludePad": False}, nn.AvgPool2d(3, 2, 1, count_include_pad=False), pictures)
case("avgPool3d", {"kernel": [2, 3, 2], "stride": 2, "padding": [1, 1, 0], "ceilMode": True}, nn.AvgPool3d((2, 3, 2), 2, (1, 1, 0), True), blocks)
case("avgPool3d", {"kernel": 2, "stride": 1, "padding": 1, "countIncludePad": False}, nn.AvgPool3d(2, 1, 1, count_include_pad=False), blocks)
case("lpPool1d", {"kernel": 3, "stride": 2}, nn.LPPool1d(2, 3, 2), lines)
case("lpPool2d", {"kernel": 2, "ceilMode": True}, nn.LPPool2d(2, 2, ceil_mode=True), pictures)
case("lpPool2d", {"kernel": [3, 2], "p": 4}, nn.LPPool2d(4, (3, 2)), pictures)
case("adaptiveAvgPool1d", {"size": 3}, nn.AdaptiveAvgPool1d(3), lines)
case("adaptiveAvgPool2d", {"size": [4, 2]}, nn.AdaptiveAvgPool2d((4, 2)), pictures)
case("adaptiveAvgPool2d", {"size": [3, None]}, nn.AdaptiveAvgPool2d((3, None)), pictures)
case("adaptiveAvgPool3d", {"size": [2, 3, 1]}, nn.AdaptiveAvgPool3d((2, 3, 1)), blocks)
case("adaptiveMaxPool1d", {"size": 4}, nn.AdaptiveMaxPool1d(4), lines)
case("adaptiveMaxPool2d", {"size": [4, 2]}, nn.AdaptiveMaxPool2d((4, 2)), pictures)
case("adaptiveMaxPool2d", {"size": 1}, nn.AdaptiveMaxPool2d(1), pictures)
case("adaptiveMaxPool3d", {"size": 3}, nn.AdaptiveMaxPool3d(3), blocks)
both = Fn(lambda x: torch.cat([F.adaptive_max_pool2d(x, 1), F.adaptive_avg_pool2d(x, 1)], 1))
case("adaptiveConcatPool2d", {}, both, pictures)
case("globalAvgPool", {}, nn.AdaptiveAvgPool2d(1), pictures)
case("globalMaxPool", {}, nn.AdaptiveMaxPool3d(1), blocks)

# activations
values = torch.tensor([[-7.5, -3.1, -1.2, -0.6, -0.3, -0.01], [0.02, 0.4, 0.7, 1.1, 3.2, 6.4]])
for name, options, module in [
    ("relu", {}, nn.ReLU()), ("relu6", {}, nn.ReLU6()), ("silu", {}, nn.SiLU()), ("sigmoid", {}, nn.Sigmoid()), ("tanh", {}, nn.Tanh()), ("hardswish", {}, nn.Hardswish()), ("hardsigmoid", {}, nn.Hardsigmoid()),
    ("selu", {}, nn.SELU()), ("softsign", {}, nn.Softsign()), ("mish", {}, nn.Mish()), ("logSigmoid", {}, nn.LogSigmoid()), ("tanhshrink", {}, nn.Tanhshrink()),
    ("gelu", {}, nn.GELU()), ("gelu", {"approximate": "tanh"}, nn.GELU("tanh")), ("leakyRelu", {}, nn.LeakyReLU()), ("leakyRelu", {"negativeSlope": 0.2}, nn.LeakyReLU(0.2)),
    ("elu", {}, nn.ELU()), ("elu", {"alpha": 0.5}, nn.ELU(0.5)), ("celu", {}, nn.CELU()), ("celu", {"alpha": 2}, nn.CELU(2)), ("softplus", {}, nn.Softplus()), ("softplus", {"beta": 2}, nn.Softplus(2)),
    ("hardtanh", {}, nn.Hardtanh()), ("hardtanh", {"min": -2, "max": 0.5}, nn.Hardtanh(-2, 0.5)), ("softshrink", {}, nn.Softshrink()), ("softshrink", {"lambda": 1}, nn.Softshrink(1)),
    ("hardshrink", {}, nn.Hardshrink()), ("hardshrink", {"lambda": 1}, nn.Hardshrink(1)), ("threshold", {"threshold": 0.5, "value": -3}, nn.Threshold(0.5, -3)),
    ("glu", {}, nn.GLU()), ("glu", {"axis": 0}, nn.GLU(0)), ("softmax", {}, nn.Softmax(-1)), ("softmax", {"axis": 0}, nn.Softmax(0)), ("softmin", {}, nn.Softmin(-1)), ("logSoftmax", {}, nn.LogSoftmax(-1)),
    ("prelu", {}, nn.PReLU()), ("prelu", {"features": 6}, nn.PReLU(6)),
]:
    case(name, options, module, values)
case("prelu", {"features": 4}, nn.PReLU(4), sequence)

# at inference, random dropping is the identity
for name, module in (("dropout", nn.Dropout()), ("dropout2d", nn.Dropout2d()), ("alphaDropout", nn.AlphaDropout()), ("dropPath", nn.Identity())):
    case(name, {}, module, rounded(2, 2, 2, 1))

# shapes
small = rounded(1, 2, 3, 4)
for options, module in [
    ({"scaleFactor": 2}, nn.Upsample(scale_factor=2)), ({"size": [4, 7]}, nn.Upsample(size=(4, 7))), ({"scaleFactor": [2.5, 0.7], "mode": "bilinear"}, nn.Upsample(scale_factor=(2.5, 0.7), mode="bilinear")),
    ({"size": [5, 3], "mode": "bilinear", "alignCorners": True}, nn.Upsample(size=(5, 3), mode="bilinear", align_corners=True)), ({"scaleFactor": 2, "mode": "bicubic"}, nn.Upsample(scale_factor=2, mode="bicubic")),
    ({"size": 5, "mode": "bicubic", "alignCorners": True}, nn.Upsample(size=5, mode="bicubic", align_corners=True)),
]:
    case("upsample", options, module, small)
case("upsample", {"scaleFactor": 1.5, "mode": "linear"}, nn.Upsample(scale_factor=1.5, mode="linear"), rounded(1, 2, 4))
case("upsample", {"size": [2, 3, 4], "mode": "trilinear"}, nn.Upsample(size=(2, 3, 4), mode="trilinear"), rounded(1, 1, 3, 2, 2))
case("pixelShuffle", {"factor": 2}, nn.PixelShuffle(2), rounded(1, 8, 2, 3))
case("pixelUnshuffle", {"factor": 2}, nn.PixelUnshuffle(2), rounded(1, 2, 4, 2))
# PyTorch has padding as left, right, top, bottom, front, back.
case("zeroPad1d", {"padding": [1, 2]}, Fn(lambda x: F.pad(x, (1, 2))), rounded(1, 2, 3))
case("zeroPad2d", {"padding": [1, 0, 2, 3]}, nn.ZeroPad2d((0, 3, 1, 2)), rounded(1, 2, 3, 2))
case("zeroPad3d", {"padding": 1}, Fn(lambda x: F.pad(x, (1,) * 6)), rounded(1, 1, 2, 2, 2))
case("reflectionPad1d", {"padding": 2}, nn.ReflectionPad1d(2), rounded(1, 2, 4))
case("reflectionPad2d", {"padding": [1, 2]}, nn.ReflectionPad2d((2, 2, 1, 1)), rounded(1, 2, 3, 3))
case("reflectionPad3d", {"padding": 1}, nn.ReflectionPad3d(1), rounded(1, 1, 2, 3, 2))
case("replicationPad1d", {"padding": [0, 3]}, nn.ReplicationPad1d((0, 3)), rounded(1, 2, 3))
case("replicationPad2d", {"padding": 2}, nn.ReplicationPad2d(2), rounded(1, 1, 2, 3))
case("replicationPad3d", {"padding": 1}, nn.ReplicationPad3d(1), rounded(1, 1, 2, 2, 2))
case("flatten", {}, nn.Flatten(), small)
case("flatten", {"start": 2}, nn.Flatten(2), small)
case("unflatten", {"sizes": [2, -1]}, nn.Unflatten(1, (2, -1)), rounded(2, 6))
case("identity", {}, nn.Identity(), small)

# initial values: the deviation of each parameter, of layers large enough to tell distributions apart
initial = []
for layer, options, module in [
    ("linear", {"in": 300, "out": 200}, nn.Linear(300, 200)), ("conv1d", {"in": 64, "out": 128, "kernel": 3, "groups": 2}, nn.Conv1d(64, 128, 3, groups=2)), ("conv2d", {"in": 64, "out": 128, "kernel": 3}, nn.Conv2d(64, 128, 3)),
    ("conv3d", {"in": 16, "out": 128, "kernel": 3}, nn.Conv3d(16, 128, 3)), ("convTranspose2d", {"in": 64, "out": 128, "kernel": 3, "groups": 2}, nn.ConvTranspose2d(64, 128, 3, groups=2)),
    ("embedding", {"count": 200, "features": 50}, nn.Embedding(200, 50)), ("rnn", {"in": 20, "hidden": 100}, nn.RNN(20, 100)), ("lstm", {"in": 20, "hidden": 100}, nn.LSTM(20, 100)), ("gru", {"in": 20, "hidden": 100}, nn.GRU(20, 100)),
    ("batchNorm2d", {"features": 3}, nn.BatchNorm2d(3)), ("layerNorm", {"features": 5}, nn.LayerNorm(5)), ("groupNorm", {"groups": 1, "features": 2}, nn.GroupNorm(1, 2)), ("prelu", {"features": 2}, nn.PReLU(2)),
    ("multiheadAttention", {"features": 96, "heads": 2}, nn.MultiheadAttention(96, 2)), ("transformerEncoderLayer", {"features": 96, "heads": 2, "feedforward": 128}, nn.TransformerEncoderLayer(96, 2, 128)),
]:
    of = {name: [float(f"{p.mean():.4g}"), float(f"{p.std(unbiased=False):.4g}"), float(f"{p.abs().max():.4g}")] for name, p in module.named_parameters()}
    initial.append({"layer": layer, "options": options, "meanDeviationGreatest": of})

print(json.dumps({"origin": f"torch {torch.__version__}, float64, tools/golden/layers.py", "cases": cases, "initial": initial}, separators=(",", ":")))
