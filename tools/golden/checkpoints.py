"""Checkpoints of networks of torchvision, timm and transformers.

python3 tools/golden/checkpoints.py
    writes packages/zoo/src/architectures/checkpoints.golden.json: names and shapes of their weights, and their outputs for weights and images from a formula.
python3 tools/golden/checkpoints.py <folder>
    writes checkpoints with random weights there, with images and outputs: node tools/networks/compare-checkpoints.mjs <folder> compares them.
Needs PyTorch, torchvision, timm and transformers.
"""
import base64
import json
import sys
import zlib
from pathlib import Path

import torch

import torchvision_without_operators  # noqa: F401
import timm
import torchvision
import transformers

from noise import noise, random_weight


def tv(name):
    return lambda: getattr(torchvision.models, name)()


def tm(name):
    return lambda: timm.create_model(name)


def vit(**options):
    return lambda: timm.models.VisionTransformer(**options)


def tv_vit(*options):
    return lambda: torchvision.models.VisionTransformer(*options)


class Pooled(torch.nn.Module):
    """The pooled output of a model of transformers, with its names."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def state_dict(self):
        return self.model.state_dict()

    def forward(self, x):
        return self.model(x).pooler_output


def dinov2(**options):
    return lambda: Pooled(transformers.Dinov2Model(transformers.Dinov2Config(**options)))


IMAGE = [2, 3, 64, 96]
# Library, architecture, network, shape of the image, and options that make the architecture as small as the network.
SMALL = [
    *(('torchvision', name, tv(own), IMAGE, {}) for name, own in {
        'convNextTiny': 'convnext_tiny', 'efficientNetB0': 'efficientnet_b0', 'mobileNetV2': 'mobilenet_v2', 'mobileNetV3Large': 'mobilenet_v3_large',
        'mobileNetV3Small': 'mobilenet_v3_small', 'regNetX400mf': 'regnet_x_400mf', 'regNetY400mf': 'regnet_y_400mf', 'resnet18': 'resnet18',
        'resnet34': 'resnet34', 'resnet50': 'resnet50', 'resnet101': 'resnet101', 'squeezeNet1_1': 'squeezenet1_1',
    }.items()),
    ('torchvision', 'visionTransformer', tv_vit(64, 8, 4, 4, 128, 256), [2, 3, 64, 64], {}),
    ('torchvision', 'vitB16', tv_vit(48, 16, 2, 12, 768, 3072), [2, 3, 48, 48], {'blocks': 2}),
    *(('timm', name, tm(own), IMAGE, {}) for name, own in {
        'convNextTiny': 'convnext_tiny', 'efficientNetLite0': 'tf_efficientnet_lite0', 'mobileNetV2': 'mobilenetv2_100', 'regNetX400mf': 'regnetx_004_tv',
        'regNetY400mf': 'regnety_004', 'resnet18': 'resnet18',
    }.items()),
    # An odd height and width somewhere, as at the sizes that these networks are for.
    ('timm', 'efficientNetLite1', tm('tf_efficientnet_lite1'), [2, 3, 60, 80], {}),
    ('timm', 'efficientNetLite2', tm('tf_efficientnet_lite2'), [2, 3, 65, 97], {}),
    ('timm', 'visionTransformer', vit(img_size=64, patch_size=8, embed_dim=128, depth=2, num_heads=4, mlp_ratio=2), [2, 3, 64, 64], {}),
    ('timm', 'vitB16', vit(img_size=48, depth=2), [2, 3, 48, 48], {'blocks': 2}),
    ('timm', 'deitSmall', vit(img_size=48, embed_dim=384, depth=3, num_heads=6), [2, 3, 48, 48], {'blocks': 3}),
    ('timm', 'dinoV2Small', vit(img_size=56, patch_size=14, embed_dim=384, depth=2, num_heads=6, init_values=1, num_classes=0), [2, 3, 56, 56], {'blocks': 2}),
    # Position embeddings of 4 by 4 patches, interpolated for 3 by 5.
    ('transformers', 'dinoV2Small', dinov2(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14), [2, 3, 42, 70], {}),
]
# The same networks as they are published.
WHOLE = [
    *((library, name, make, shape) for library, name, make, shape, options in SMALL if not options and name != 'dinoV2Small'),
    ('torchvision', 'vitB16', tv('vit_b_16'), [2, 3, 224, 224]),
    ('timm', 'vitB16', tm('vit_base_patch16_224'), [2, 3, 224, 224]),
    ('timm', 'deitSmall', tm('deit_small_patch16_224'), [2, 3, 224, 224]),
    ('timm', 'dinoV2Small', lambda: timm.create_model('vit_small_patch14_dinov2', img_size=224), [2, 3, 224, 224]),
    ('transformers', 'dinoV2Small', dinov2(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=518, patch_size=14), [2, 3, 224, 224]),
]


def weights_of(model):
    return {key: value for key, value in model.state_dict().items() if not key.endswith(('num_batches_tracked', 'position_ids', 'mask_token'))}


def fill(model):
    for key, value in weights_of(model).items():
        value.copy_(random_weight(key, list(value.shape)))
    return model


def shapes_of(model):
    """Names and shapes, a line each, compressed."""
    lines = '\n'.join(f'{key} {",".join(map(str, value.shape))}' for key, value in weights_of(model).items())
    return base64.b64encode(zlib.compress(lines.encode(), 9)).decode()


def rounded(values):
    return [[float(f'{value:.7g}') for value in row] for row in values.tolist()]


def from_formula(library, name, make, shape, options):
    model = fill(make().eval())
    with torch.no_grad():
        logits = model(noise(torch.Size(shape).numel(), 1).view(shape))
    return {'library': library, 'architecture': name, 'options': options, 'shapes': shapes_of(model), 'image': shape, 'scale': float(logits.abs().max()), 'logits': rounded(logits[:, :12])}


def encoder_from_formula():
    model = fill(bert().eval())
    ids = torch.arange(14).view(2, 7) * 3 % 60
    mask = torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask, token_type_ids=ids % 2).last_hidden_state
    return {'shapes': shapes_of(model), 'hidden': [rounded(rows) for rows in hidden[:, :4, :6]]}


def bert():
    return transformers.BertModel(transformers.BertConfig(vocab_size=60, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=16))


def randomized(model):
    """Batch norms with statistics of their own, as after training, and no weights of zeros or ones."""
    for name, value in model.state_dict().items():
        if name.endswith('running_mean'):
            value.normal_(0, 0.1)
        elif name.endswith('running_var'):
            value.uniform_(0.5, 1.5)
    for parameter in model.parameters():
        if parameter.dim() == 1 or parameter.std() < 1e-5:
            parameter.data += torch.randn_like(parameter) * (0.05 if parameter.dim() == 1 else 0.5 if parameter.numel() == parameter.shape[0] else 0.02)
    return model.eval()


def write(folder):
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for library, name, make, shape in WHOLE:
        model = randomized(make())
        image = torch.randn(shape)
        file = f'{library}-{name}.pth'
        state = {f'module.{key}': value for key, value in model.state_dict().items()} if library == 'timm' else model.state_dict()
        torch.save({'state_dict': state, 'epoch': 1} if library == 'timm' else state, folder / file)
        with torch.no_grad():
            logits = model(image)
        for kind, values in (('image', image), ('logits', logits)):
            (folder / f'{file}.{kind}').write_bytes(values.contiguous().numpy().tobytes())
        cases.append({'library': library, 'architecture': name, 'file': file, 'shape': shape})
        print(file, flush=True)
    (folder / 'cases.json').write_text(json.dumps({'torch': torch.__version__, 'cases': cases}))


if __name__ == '__main__':
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
    else:
        origin = f'torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}, transformers {transformers.__version__}, tools/golden/checkpoints.py'
        golden = {'origin': origin, 'networks': [from_formula(*case) for case in SMALL], 'bert': encoder_from_formula()}
        target = Path(__file__).parents[2] / 'packages/zoo/src/architectures/checkpoints.golden.json'
        target.write_text(json.dumps(golden, indent=1) + '\n')
