"""Prints images changed by Pillow and torchvision at fixed parameters, as JSON: 16×12 pixels, channels together.

Run: /usr/bin/python3 tools/golden/augment.py > packages/augment/src/augment.golden.json
"""
import json

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional as F
from torchvision.transforms.autoaugment import AugMix, RandAugment, TrivialAugmentWide, _apply_op

width, height = 16, 12
y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
pixels = np.clip(128 + 70 * np.sin(x / 2.3 + c) + 55 * np.cos(y / 1.7 - c) + (37 * x + 91 * y + 13 * x * y) % 17, 0, 255).astype(np.uint8)
picture, tensor = Image.fromarray(pixels), torch.from_numpy(pixels).permute(2, 0, 1)
bilinear = F.InterpolationMode.BILINEAR


def flat(result):
    array = np.asarray(result) if isinstance(result, Image.Image) else result.permute(1, 2, 0).round().to(torch.uint8).numpy()
    return array.reshape(-1).tolist()


resized = [
    {"kernel": name, "width": w, "height": h, "pixels": flat(picture.resize((w, h), kernel))}
    for name, kernel in [("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("lanczos", Image.LANCZOS)]
    for w, h in [(9, 7), (32, 16)]
]
# In floating point, to compare geometry rather than torchvision's rounding of its masks.
float_tensor = tensor.float()
corners = [[1, 2], [14, 0], [12, 10], [2, 11]]
shifts = torch.from_numpy(np.stack([2 * np.sin(y[..., 0] / 3), 1.5 * np.cos(x[..., 0] / 4)], -1)).float()
geometry = {
    "rotate": F.rotate(float_tensor, -20, bilinear),
    "affine": F.affine(float_tensor, 15, [2, -1], 1.2, [10.0, 0.0], bilinear),
    "perspective": F.perspective(float_tensor, [[0, 0], [15, 0], [15, 11], [0, 11]], corners, bilinear),
    # Its displacement is in halves of the size.
    "elastic": F.elastic_transform(float_tensor, (shifts / torch.tensor([width / 2, height / 2]))[None], bilinear),
}
colour = {
    "brightness": F.adjust_brightness(tensor, 1.4), "contrast": F.adjust_contrast(tensor, 0.6), "saturation": F.adjust_saturation(tensor, 1.7), "hue": F.adjust_hue(tensor, 0.2),
    "grayscale": F.rgb_to_grayscale(tensor, 3), "gaussianBlur": F.gaussian_blur(tensor, 5, 1.3), "sharpness": F.adjust_sharpness(tensor, 2.5),
    "posterize": F.posterize(tensor, 3), "solarize": F.solarize(tensor, 100), "equalize": F.equalize(tensor), "autocontrast": F.autocontrast((tensor * 0.5).to(torch.uint8) + 20),
    "invert": F.invert(tensor), "normalize": None,
}
normalized = F.normalize(tensor.float() / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
operations = [
    {"name": name, "magnitude": m, "pixels": flat(_apply_op(float_tensor if name in geometric else tensor, name, m, bilinear, None))}
    for geometric in [("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")]
    for name, m in [("ShearX", 0.3), ("ShearY", -0.2), ("TranslateX", 3.7), ("TranslateY", -2.2), ("Brightness", 0.4), ("Color", -0.5), ("Contrast", 0.7), ("Sharpness", -0.6), ("Posterize", 5), ("Solarize", 90.0), ("AutoContrast", 0.0), ("Equalize", 0.0), ("Identity", 0.0)]
]


def table(space):
    return {name: ([round(float(m), 6) for m in magnitudes] if magnitudes.ndim else []) for name, (magnitudes, _) in space.items()}


print(json.dumps({
    "origin": f"Pillow {PIL.__version__}, torchvision {torchvision.__version__.split('a')[0]}; tools/golden/augment.py",
    "width": width, "height": height, "pixels": pixels.reshape(-1).tolist(), "resized": resized, "corners": corners,
    "shifts": [round(v, 4) for v in shifts.reshape(-1).tolist()],
    "geometry": {name: flat(value) for name, value in geometry.items()},
    "colour": {name: flat(value) for name, value in colour.items() if value is not None},
    "normalized": [round(v, 6) for v in normalized[:, :2].reshape(-1).tolist()],
    "operations": operations,
    "spaces": {
        "randAugment": table(RandAugment()._augmentation_space(31, (height, width))), "trivialAugment": table(TrivialAugmentWide()._augmentation_space(31)),
        "augMix": table(AugMix()._augmentation_space(10, (height, width))),
    },
}, separators=(",", ":")))
