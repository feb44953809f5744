"""Networks of a few thousand weights as PyTorch exports them, and what it computes with them: outputs, and for each weight the length of its
gradient and its product with four waves.

Run: python3 tools/golden/networks/tiny.py packages/onnx/test/networks > packages/onnx/test/networks/networks.golden.json
"""
import json
import pathlib
import sys
import warnings
from functools import partial

warnings.filterwarnings("ignore")

import torch
import torchvision
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3

from bert import SentenceBert
from clip import ClipImageEncoder
from measured import exported, folded_copy, gradients, matched, settled
from whisper import WhisperEncoder
from yolov8 import YoloV8


def wave(*shape, step=0.7):
    count = torch.Size(shape).numel()
    return torch.sin(torch.arange(count, dtype=torch.float64) * step + 0.3).float().view(shape)


def mobilenet():
    block = partial(InvertedResidualConfig, width_mult=1.0)
    return MobileNetV3([block(8, 3, 8, 8, False, "RE", 2, 1), block(8, 5, 24, 12, True, "HS", 2, 1), block(12, 3, 24, 12, True, "HS", 1, 1)], 32, 5, norm_layer=partial(torch.nn.BatchNorm2d, eps=1e-3))


mask = torch.tensor([[1] * 8, [1] * 5 + [0] * 3])
tokens = {"input_ids": torch.tensor([[7, 3, 9, 14, 2, 30, 21, 4], [5, 11, 6, 8, 4, 0, 0, 0]]), "attention_mask": mask, "token_type_ids": torch.zeros(2, 8, dtype=torch.int64)}
# Constructor, inputs, opset, and whether the export keeps what training needs.
CASES = {
    "clip": (lambda: ClipImageEncoder(32, 8, 16, 1, 2, 8), {"image": wave(2, 3, 32, 32)}, 17, False),
    "sentence-bert": (lambda: SentenceBert(32, 10, 16, 1, 2), tokens, 13, False),
    "whisper": (lambda: WhisperEncoder(8, 24, 16, 1, 2), {"mel": wave(2, 8, 24)}, 13, False),
    "yolo": (lambda: YoloV8(32, 2, 2, 2), {"image": wave(2, 3, 32, 32)}, 17, False),
    "mobilenet": (mobilenet, {"image": wave(2, 3, 32, 32)}, 17, True),
}


def rounded(values):
    return [float(f"{value:.7g}") for value in values.flatten().tolist()]


def summary(gradient):
    """Norm, and products with aperiodic waves."""
    flat = gradient.double().flatten()
    waves = [torch.sin(torch.arange(flat.numel(), dtype=torch.float64) * (0.37 * k + 0.1) + k) for k in range(1, 5)]
    return [float(f"{value:.7g}") for value in [flat.norm().item(), *[(flat * one).sum().item() for one in waves]]]


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
result = {"origin": f"torch {torch.__version__}, torchvision {torchvision.__version__}, tools/golden/networks/tiny.py", "networks": {}}
for seed, (name, (make, batch, opset, training)) in enumerate(CASES.items()):
    torch.manual_seed(seed)
    model = make()
    norms = settled(model, batch)
    exported(model, batch, folder / f"{name}.onnx", opset, True, training)
    own = model if training or not norms else folded_copy(model)
    with torch.no_grad():
        target = 0.5 * wave(*model(*batch.values()).shape, step=0.9)
    output, loss, grads = gradients(own, batch, target)
    result["networks"][name] = {
        "inputs": {key: {"shape": list(value.shape), **({"values": value.flatten().tolist()} if value.dtype == torch.int64 else {})} for key, value in batch.items()},
        "shape": list(output.shape), "output": rounded(output), "loss": loss,
        "gradients": {weight: {"transposed": transposed, "shape": list(grads[key].shape), "values": summary(grads[key])} for weight, (key, transposed) in matched(folder / f"{name}.onnx", own).items()},
        "parameters": len(grads),
    }
print(json.dumps(result))
