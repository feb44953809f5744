"""Checkpoints of torchvision's and timm's networks.

python3 tools/golden/checkpoints.py
    writes packages/zoo/src/architectures/checkpoints.golden.json: names and shapes of timm's networks, and their outputs for weights and images from a formula.
python3 tools/golden/checkpoints.py <folder>
    writes checkpoints with random weights there, with images and outputs: node tools/networks/compare-checkpoints.mjs <folder> compares them.
Needs PyTorch, torchvision and timm.
"""
import json
import sys
from pathlib import Path

import torch

library = torch.library.Library('torchvision', 'DEF')  # torchvision without its compiled operators
for definition in ('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor', 'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor'):
    try:
        library.define(definition)
    except RuntimeError:
        pass  # they are there
import timm
import torchvision

from noise import noise

VIT = dict(img_size=64, patch_size=8, embed_dim=128, depth=2, num_heads=4, mlp_ratio=2)
TIMM = {
    'efficientNetLite0': lambda: timm.create_model('tf_efficientnet_lite0'),
    'mobileNetV2': lambda: timm.create_model('mobilenetv2_100'),
    'resnet18': lambda: timm.create_model('resnet18'),
    'resnet50': lambda: timm.create_model('resnet50'),
    'visionTransformer': lambda: timm.models.VisionTransformer(**VIT),
}
TORCHVISION = {
    'mobileNetV2': torchvision.models.mobilenet_v2,
    'resnet18': torchvision.models.resnet18,
    'resnet34': torchvision.models.resnet34,
    'resnet50': torchvision.models.resnet50,
    'squeezeNet1_1': torchvision.models.squeezenet1_1,
    'visionTransformer': lambda: torchvision.models.VisionTransformer(64, 8, 4, 4, 128, 256),
}


def bert():
    from transformers import BertConfig, BertModel
    return BertModel(BertConfig(vocab_size=60, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=16))


def encoder_from_formula():
    model = fill(bert().eval())
    ids = torch.arange(14).view(2, 7) * 3 % 60
    mask = torch.ones(2, 7, dtype=torch.int64)
    mask[1, 4:] = 0
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask, token_type_ids=ids % 2).last_hidden_state
    state = {key: value for key, value in model.state_dict().items() if not key.endswith('position_ids')}
    return {'parameters': {key: list(value.shape) for key, value in state.items()}, 'hidden': hidden[:, :4, :6].tolist()}


def fill(model):
    state = {key: value for key, value in model.state_dict().items() if not key.endswith('num_batches_tracked')}
    for key, value in state.items():
        fan_in = value[0].numel() if value.dim() > 1 else 1
        values = noise(value.numel(), (2 / fan_in) ** 0.5 if value.dim() > 1 else 0.1)
        if key.endswith('running_var') or (value.dim() == 1 and key.endswith('weight')):
            values = values + 1
        value.copy_(values.view_as(value))
    return model


def from_formula(make):
    model = fill(make().eval())
    state = {key: value for key, value in model.state_dict().items() if not key.endswith('num_batches_tracked')}
    with torch.no_grad():
        logits = model(noise(2 * 3 * 64 * 64, 1).view(2, 3, 64, 64))
    return {'parameters': {key: list(value.shape) for key, value in state.items()}, 'logits': logits[:, :6].tolist()}


def randomized(model):
    """Batch norms with statistics of their own, as after training."""
    for name, value in model.state_dict().items():
        if name.endswith('running_mean'):
            value.normal_(0, 0.1)
        elif name.endswith('running_var'):
            value.uniform_(0.5, 1.5)
    for parameter in model.parameters():
        if parameter.dim() == 1 or not parameter.any():
            parameter.data += torch.randn_like(parameter) * 0.05
    return model.eval()


def write(folder):
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for library, models in (('torchvision', TORCHVISION), ('timm', TIMM)):
        for name, make in models.items():
            model = randomized(make())
            size = 64 if name == 'visionTransformer' else 96
            image = torch.randn(2, 3, size, size)
            file = f'{library}-{name}.pth'
            state = {f'module.{key}': value for key, value in model.state_dict().items()} if library == 'timm' else model.state_dict()
            torch.save({'state_dict': state, 'epoch': 1} if library == 'timm' else state, folder / file)
            with torch.no_grad():
                cases.append({'architecture': name, 'file': file, 'size': size, 'image': image.flatten().tolist(), 'logits': model(image).flatten().tolist()})
    (folder / 'cases.json').write_text(json.dumps(cases))


if len(sys.argv) > 1:
    write(Path(sys.argv[1]))
else:
    golden = {'origin': f'torch {torch.__version__}, timm {timm.__version__}, tools/golden/checkpoints.py', 'networks': {name: from_formula(make) for name, make in TIMM.items()}, 'bert': encoder_from_formula()}
    target = Path(__file__).parents[2] / 'packages/zoo/src/architectures/checkpoints.golden.json'
    target.write_text(json.dumps(golden) + '\n')
