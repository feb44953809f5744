"""Images as transformers and timm prepare them for evaluation: python3 tools/golden/image_processing.py > packages/graft/src/image-processing.golden.json

Each case has the file next to the model, the size of the image, and the tensor [3, height, width] that the network receives. Pixels are
(i * 2654435761 mod 2^32) >> 24 for the i-th byte: random-like, and the same in TypeScript. Margins of the crops of transformers are even numbers of pixels in
sum: it rounds half a pixel down, torchvision and Graft to the nearest even number.
"""
import json
import sys

import numpy as np
import torch

import torchvision_without_operators  # noqa: F401
import timm.data  # noqa: E402
import transformers  # noqa: E402
from PIL import Image  # noqa: E402


def picture(width: int, height: int) -> Image.Image:
    i = np.arange(width * height * 3, dtype=np.uint64)
    values = ((i * np.uint64(2654435761)) % np.uint64(2**32)) >> np.uint64(24)
    return Image.fromarray(values.astype(np.uint8).reshape(height, width, 3))


def rounded(tensor: torch.Tensor) -> list[float]:
    return [round(float(value), 3) for value in tensor.flatten()]


transformers_cases = {
    "CLIP: shorter side and centre": ("CLIPImageProcessor", {"size": {"shortest_edge": 14}, "crop_size": {"height": 12, "width": 12}}, (37, 25)),
    "CLIP as it was saved at first": ("CLIPImageProcessor", {"size": 12, "crop_size": 12}, (20, 34)),
    "ViT: the whole image": ("ViTImageProcessor", {"size": {"height": 12, "width": 12}}, (37, 25)),
    "DeiT: the whole image and its centre": ("DeiTImageProcessor", {"size": {"height": 16, "width": 16}, "crop_size": {"height": 12, "width": 12}}, (37, 25)),
    "ConvNeXt: a part of the image": ("ConvNextImageProcessor", {"size": {"shortest_edge": 12}, "crop_pct": 0.75}, (30, 24)),
    "ConvNeXt in large: the whole image": ("ConvNextImageProcessor", {"size": {"shortest_edge": 384}, "crop_pct": 1.0, "resample": 2}, (9, 7)),
    "LeViT": ("LevitImageProcessor", {"size": {"shortest_edge": 14}, "crop_size": {"height": 12, "width": 12}}, (34, 25)),
    "SigLIP: Lanczos": ("SiglipImageProcessor", {"size": {"height": 12, "width": 12}, "resample": 1}, (37, 25)),
    "MobileViT: channels in another order": ("MobileViTImageProcessor", {"size": {"shortest_edge": 14}, "crop_size": {"height": 12, "width": 12}}, (30, 25)),
    "EfficientNet: normalised twice": ("EfficientNetImageProcessor", {"size": {"height": 12, "width": 12}}, (37, 25)),
}
timm_cases = {
    "timm: the centre": ({"input_size": [3, 12, 12], "crop_pct": 0.9, "interpolation": "bicubic", "crop_mode": "center"}, (37, 25)),
    "timm: an oblong input": ({"input_size": [3, 16, 8], "crop_pct": 0.8, "interpolation": "bilinear", "crop_mode": "center"}, (37, 25)),
    "timm: squash": ({"input_size": [3, 12, 12], "crop_pct": 0.9, "interpolation": "bicubic", "crop_mode": "squash"}, (37, 25)),
    "timm: border": ({"input_size": [3, 12, 12], "crop_pct": 1.0, "interpolation": "bilinear", "crop_mode": "border"}, (36, 24)),
}
cases = {}
for name, (kind, options, size) in transformers_cases.items():
    processor = getattr(transformers, kind)(**options)
    tensor = processor(picture(*size), return_tensors="pt")["pixel_values"][0]
    file = {**processor.to_dict(), **({k: v for k, v in options.items()} if isinstance(options["size"], int) else {})}
    large = tensor.shape[-1] > 64
    cases[name] = {
        "file": ["preprocessor_config.json", json.loads(json.dumps(file))],
        "image": size,
        "shape": list(tensor.shape),
        # Of a large result every 997th value.
        "step": 997 if large else 1,
        "values": rounded(tensor.flatten()[:: 997 if large else 1]),
    }
for name, (config, size) in timm_cases.items():
    config = {**config, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    transform = timm.data.create_transform(
        tuple(config["input_size"]), interpolation=config["interpolation"], crop_pct=config["crop_pct"], crop_mode=config["crop_mode"],
        mean=tuple(config["mean"]), std=tuple(config["std"]),
    )
    tensor = transform(picture(*size))
    cases[name] = {"file": ["config.json", {"architecture": "resnet18", "pretrained_cfg": config}], "image": size, "shape": list(tensor.shape), "step": 1, "values": rounded(tensor)}
json.dump(cases, sys.stdout, ensure_ascii=False)
