"""Checkpoints written by PyTorch, with their values: packages/pytorch/src/read-checkpoint.golden.json.

Run: python3 tools/golden/read_checkpoint.py        Needs PyTorch and NumPy; written with PyTorch 2.13.
"""
import argparse
import base64
import collections
import io
import json
import os
from pathlib import Path

import numpy as np
import torch

torch.manual_seed(0)


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return base64.b64encode(file.getvalue()).decode()


def numbers(tensor):
    tensor = tensor.detach()
    dtype = str(tensor.dtype).removeprefix('torch.')
    values = tensor.to(torch.float64) if tensor.is_floating_point() else tensor
    return {'dtype': dtype, 'shape': list(tensor.shape), 'values': [str(v) for v in values.flatten().tolist()]}


def case(value, tensors, **options):
    return {'file': saved(value, **options), 'tensors': {name: numbers(t) for name, t in tensors.items()}}


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 3, 3)
        self.bn = torch.nn.BatchNorm2d(3)
        self.fc = torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(torch.relu(self.bn(self.conv(x))).mean((2, 3)))


class Runs:
    def __reduce__(self):
        return (os.system, ('echo hacked > /tmp/hacked',))


model = Small()
state = model.state_dict()
base = torch.arange(24.0)
strided = {
    'transposed': base.reshape(2, 3, 4).permute(2, 0, 1),
    'cut': base[5:11],
    'every third': base[1::3],
    'expanded': torch.tensor([1.5]).expand(2, 3),
    'channels last': torch.arange(16.0).reshape(1, 2, 2, 4).to(memory_format=torch.channels_last),
    'scalar': torch.tensor(7.25),
    'empty': torch.zeros(0, 3),
}
dtypes = {
    name: torch.tensor([0, 1, 2, 100]).to(getattr(torch, name))
    for name in ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool', 'uint16', 'uint32', 'uint64']
}
optimizer = torch.optim.AdamW(model.parameters())
model(torch.randn(2, 2, 4, 4)).sum().backward()
optimizer.step()
state = model.state_dict()
training = {
    'epoch': 3,
    'arch': 'small',
    'best': np.float64(0.5),
    'time': 1e-3,
    'optimizer': optimizer.state_dict(),
    'state_dict': collections.OrderedDict((f'module.{k}', v) for k, v in state.items()),
    'large': 2**80,
    'device': torch.device('cpu'),
    'size': torch.Size([2, 3]),
    'classes': {'a', 'b'},
    'dtype': torch.float32,
}
lightning = {
    'epoch': 1,
    'global_step': 20,
    'pytorch-lightning_version': '2.5.0',
    'state_dict': {f'model.{k}': v for k, v in state.items()},
    'callbacks': {"ModelCheckpoint{'monitor': None}": {'best_model_score': torch.tensor(0.5)}},
    'hyper_parameters': {'lr': 0.1},
}
script = io.BytesIO()
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), script)
parameters = dict(model.named_parameters())
tagged = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
tagged.note = 'kept by Python'
golden = {
    'read': {
        'state_dict': case(state, state),
        'state_dict in protocol 5': case(state, state, pickle_protocol=5),
        'state_dict in protocol 4': case(state, state, pickle_protocol=4),
        'state_dict before 1.6': case(state, state, _use_new_zipfile_serialization=False),
        'parameters': case(parameters, parameters),
        'parameters with attributes': case({'tagged': tagged}, {'tagged': tagged}),
        'strided': case(strided, strided),
        'strided before 1.6': case(strided, strided, _use_new_zipfile_serialization=False),
        'dtypes': case(dtypes, dtypes),
        'shared': case({'a': base, 'b': base.reshape(4, 6)}, {'a': base, 'b': base.reshape(4, 6)}),
        'training': case(training, training['state_dict']),
        'lightning': case(lightning, lightning['state_dict']),
    },
    'refused': {
        'module': saved(model),
        'layer': saved(torch.nn.Linear(1, 1)),
        'script': base64.b64encode(script.getvalue()).decode(),
        'runs': saved({'a': Runs(), 'weight': torch.ones(1)}),
        'runs before 1.6': saved({'a': Runs()}, _use_new_zipfile_serialization=False),
        'namespace': saved({'args': argparse.Namespace(lr=1), 'state_dict': state}),  # read; the arguments are left out
        'complex': saved({'a': torch.ones(2, dtype=torch.complex64)}),
        'sparse': saved({'a': torch.eye(2).to_sparse()}),
        'quantized': saved({'a': torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}),
        'float8': saved({'a': torch.ones(2).to(torch.float8_e4m3fn)}),
        'conjugated': saved({'a': torch.ones(2, dtype=torch.complex64).conj()}),
        'tensor': saved(torch.ones(2)),
        'list': saved([torch.ones(2)]),
        'numbers': saved({'epoch': 3, 'loss': 0.5}),
        'array': saved({'a': np.ones(2)}),
    },
}
target = Path(__file__).parents[2] / 'packages/pytorch/src/read-checkpoint.golden.json'
target.write_text(json.dumps(golden, indent=2) + '\n')
