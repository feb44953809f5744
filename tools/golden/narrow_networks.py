"""Small networks as real tools store them in 16-bit floats and 8-bit integers, for packages/onnx/src/narrow-networks.test.ts.

onnxruntime.transformers.float16 (keep_io_types and not), model.half() of PyTorch, and onnxruntime.quantization: dynamic, static in both formats.

    python tools/golden/narrow_networks.py
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16
from torch import nn

FOLDER = Path(__file__).parents[2] / "packages/onnx/test/networks"
torch.manual_seed(1)


class Cnn(nn.Module):
    """A residual network with a strided, a depthwise and a dense convolution."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.depth = nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1, groups=16), nn.ReLU6())
        self.block = nn.Conv2d(16, 16, 3, 1, 1)
        self.fc = nn.Linear(16, 10)

    def forward(self, image):
        x = self.stem(image)
        x = torch.relu(x + self.block(self.depth(x)))
        return self.fc(x.mean((2, 3)))


class Transformer(nn.Module):
    """One layer of attention over patches."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 16, 8, 8)
        self.norm = nn.LayerNorm(16)
        self.qkv = nn.Linear(16, 48)
        self.out = nn.Linear(16, 16)
        self.up = nn.Linear(16, 32)
        self.down = nn.Linear(32, 16)
        self.fc = nn.Linear(16, 10)

    def forward(self, image):
        x = self.patch(image).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        x = x + self.out(torch.softmax(q @ k.transpose(1, 2) * 0.25, -1) @ v)
        x = x + self.down(torch.nn.functional.gelu(self.up(self.norm(x))))
        return self.fc(x.mean(1))


class Images(CalibrationDataReader):
    """Waves, as in the test."""

    def __init__(self):
        self.left = iter([np.sin(np.arange(4 * 3 * 16 * 16) * 0.7 + i).reshape(4, 3, 16, 16).astype(np.float32) for i in range(4)])

    def get_next(self):
        image = next(self.left, None)
        return None if image is None else {"image": image}


def export(model, path, dtype=torch.float32):
    torch.onnx.export(
        model.eval().to(dtype), (torch.rand(2, 3, 16, 16).to(dtype),), str(path), input_names=["image"], output_names=["scores"],
        dynamic_axes={"image": {0: "batch"}, "scores": {0: "batch"}}, opset_version=17, dynamo=False,
    )
    return onnx.load(path)


with tempfile.TemporaryDirectory() as scratch:
    for name, make in {"cnn": Cnn, "transformer": Transformer}.items():
        plain, ready = Path(scratch) / f"{name}.onnx", Path(scratch) / f"{name}-ready.onnx"
        model = make()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        export(model, plain)
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        # Float16 inside, and float16 ports with float32 operators between.
        options = {"keep_io_types": True} if name == "cnn" else {"op_block_list": ["LayerNormalization", "Softmax", "ReduceMean"]}
        onnx.save(convert_float_to_float16(onnx.load(plain), **options), FOLDER / f"{name}-float16.onnx")
        quantize_dynamic(str(ready), str(FOLDER / f"{name}-dynamic.onnx"), weight_type=QuantType.QInt8 if name == "transformer" else QuantType.QUInt8)
        for form in QuantFormat:
            quantize_static(
                str(ready), str(FOLDER / f"{name}-{form.name.lower()}.onnx"), Images(), quant_format=form, per_channel=name == "cnn",
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            )
        export(model, FOLDER / f"{name}-half.onnx", torch.float16)
