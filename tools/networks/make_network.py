"""Writes one network with random weights as ONNX, in several variants, with PyTorch's results.

Run: python3 tools/networks/make_network.py <name> <folder>       (without arguments: prints the names as JSON)
Needs torch, torchvision and onnx. The folder then holds network.json, raw float32 or int64 arrays, and VARIANT.onnx files.
"""
import json
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden" / "networks"))
warnings.filterwarnings("ignore")

import numpy as np
import torch
import torchvision

from bert import SentenceBert
from clip import ClipImageEncoder
from dinov2 import DinoV2
from measured import exported, folded_copy, gradients, matched, rounding, settled
from whisper import WhisperEncoder
from yolov8 import YoloV8

models = torchvision.models


def image(size):
    return lambda batch: {"image": torch.randn(batch, 3, size, size)}


def sentence(batch):
    mask = torch.ones(batch, 24, dtype=torch.int64)
    mask[1:, 17:] = 0
    return {"input_ids": torch.randint(1, 1000, (batch, 24)) * mask, "attention_mask": mask, "token_type_ids": (torch.arange(24) > 11).long().expand(batch, -1).contiguous()}


# Constructor and inputs of each network, as small as possible.
NETWORKS = {
    **{name: (getattr(models, name), image(size)) for name, size in {
        "alexnet": 224, "vgg11_bn": 224, "resnet18": 64, "resnet50": 64, "resnext50_32x4d": 64, "mobilenet_v2": 64, "mobilenet_v3_small": 64, "mobilenet_v3_large": 64,
        "efficientnet_b0": 64, "efficientnet_v2_s": 64, "regnet_x_400mf": 64, "regnet_y_400mf": 64, "squeezenet1_1": 64, "shufflenet_v2_x1_0": 64,
        "densenet121": 64, "mnasnet0_5": 64, "convnext_tiny": 64, "vit_b_32": 224, "swin_t": 64, "maxvit_t": 224,
    }.items()},
    "googlenet": (lambda weights: models.googlenet(weights=weights, aux_logits=False, init_weights=True), image(64)),
    "inception_v3": (lambda weights: models.inception_v3(weights=weights, aux_logits=False, init_weights=True), image(128)),
    "clip": (lambda weights: ClipImageEncoder(), image(64)),
    "dinov2": (lambda weights: DinoV2(), image(70)),
    "sentence_bert": (lambda weights: SentenceBert(), sentence),
    "whisper_encoder": (lambda weights: WhisperEncoder(), lambda batch: {"mel": torch.randn(batch, 80, 200)}),
    "yolov8": (lambda weights: YoloV8(), image(64)),
}
# Opset, dynamic batch, training mode (keeps weights and batch norms).
VARIANTS = [(13, False, False), (13, True, False), (17, False, False), (17, True, False), (17, True, True)]


def made(name):
    """The network, a batch for it, and whether it has batch norms."""
    make, inputs = NETWORKS[name]
    torch.manual_seed(0)
    model = make(weights=None)
    batch = inputs(2)
    normed = settled(model, batch)
    return model, batch, normed


def main(name, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model, batch, normed = made(name)
    folded = folded_copy(model) if normed else model
    kinds = {"folded": folded, "plain": model} if normed else {"folded": folded}

    def written(path, tensor):
        np.ascontiguousarray(tensor.numpy()).tofile(folder / path)
        return {"file": path, "shape": list(tensor.shape), "dtype": str(tensor.dtype).replace("torch.", "")}

    def measured(number, batch):
        """A batch, its target, and both kinds of gradients."""
        with torch.no_grad():
            answer = model(*batch.values())
        target = torch.arange(2) * 7 + 3 if answer.dim() == 2 and answer.shape[1] == 1000 else torch.randn_like(answer)
        report = {"inputs": {key: written(f"{number}-{key}.bin", value) for key, value in batch.items()}, "target": written(f"{number}-target.bin", target), "gradients": {}}
        for kind, one in kinds.items():
            output, loss, grads = gradients(one, batch, target)
            places, at = {}, 0
            with open(folder / f"{number}-{kind}.bin", "wb") as file:
                for key, value in grads.items():
                    places[key] = {"offset": at, "shape": list(value.shape)}
                    file.write(np.ascontiguousarray(value.numpy()).tobytes())
                    at += value.numel() * 4
            report["gradients"][kind] = {"file": f"{number}-{kind}.bin", "loss": loss, "rounding": rounding(one, batch, target, grads), "output": written(f"{number}-{kind}-output.bin", output), "parameters": places}
        return report

    report = {
        "name": name, "origin": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
        "batches": [measured(0, batch), *[measured(number, NETWORKS[name][1](2)) for number in (1, 2)]], "variants": [],
    }
    for opset, open_batch, training in VARIANTS:
        if training and not normed and not any(isinstance(module, torch.nn.Dropout) for module in model.modules()):
            continue
        file = f"opset{opset}-{'open' if open_batch else 'fixed'}{'-training' if training else ''}.onnx"
        exported(model, batch, folder / file, opset, open_batch, training)
        kind = "plain" if training and normed else "folded"
        report["variants"].append({"file": file, "opset": opset, "openBatch": open_batch, "training": training, "gradients": kind, "matched": matched(folder / file, model if kind == "plain" else folded)})
    (folder / "network.json").write_text(json.dumps(report))


if len(sys.argv) == 1:
    print(json.dumps(list(NETWORKS)))
else:
    main(*sys.argv[1:])
