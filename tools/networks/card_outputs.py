"""Outputs of a card's weights in PyTorch: python3 card_outputs.py case.json, with the files that tools/networks/compare-cards.mjs wrote next to it."""
import base64
import json
import sys
import zlib
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[1] / 'golden'))
import torchvision_without_operators  # noqa: F401
from noise import random_weight


def random_like(weights):
    """Weights of the same names and shapes that a test can make without the file."""
    return {name: random_weight(name, list(value.shape)) if value.is_floating_point() else value for name, value in weights.items()}


def shapes_of(weights):
    lines = '\n'.join(f'{key} {",".join(map(str, value.shape))}' for key, value in weights.items() if value.is_floating_point())
    return base64.b64encode(zlib.compress(lines.encode(), 9)).decode()


def efficientnet_lite(variant, case, folder):
    import timm
    weights = torch.load(folder / 'weights', weights_only=True)
    model = timm.create_model(f'tf_efficientnet_lite{variant}').eval()
    # efficientnet-pytorch lists the same tensors in the same order, by other names.
    own = model.state_dict()
    assert len(own) == len(weights) and all(a.shape == b.shape for a, b in zip(own.values(), weights.values()))
    images = torch.frombuffer(bytearray((folder / 'images').read_bytes()), dtype=torch.float32).view(case['shape'])

    def run(values, inputs):
        model.load_state_dict(dict(zip(own, values.values())))
        with torch.no_grad():
            return model(inputs)

    return {'library': f'timm {timm.__version__}', 'outputs': run(weights, images), 'random': run(random_like(weights), images[:1]), 'shapes': shapes_of(weights)}


def minilm(case, folder):
    import transformers
    from safetensors.torch import load_file
    config = transformers.BertConfig(vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    model = transformers.BertModel(config).eval()
    weights = load_file(folder / 'weights')
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / 'tokenizer.json'), pad_token='[PAD]')
    tokens = tokenizer(case['texts'], padding=True, truncation=True, max_length=128, return_tensors='pt')
    mask = tokens['attention_mask'].unsqueeze(-1).float()

    def run(values):
        found = model.load_state_dict(values, strict=False)
        assert not found.missing_keys and set(found.unexpected_keys) <= {'embeddings.position_ids'}, found
        with torch.no_grad():
            hidden = model(input_ids=tokens['input_ids'], attention_mask=tokens['attention_mask']).last_hidden_state
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))

    ids = [[id for id, one in zip(*row) if one] for row in zip(tokens['input_ids'].tolist(), tokens['attention_mask'].tolist())]
    return {'library': f'transformers {transformers.__version__}', 'outputs': run(weights), 'random': run(random_like(weights)), 'shapes': shapes_of(weights), 'tokens': ids}


NETWORKS = {
    'efficientnet-lite0': lambda *case: efficientnet_lite(0, *case),
    'efficientnet-lite1': lambda *case: efficientnet_lite(1, *case),
    'efficientnet-lite2': lambda *case: efficientnet_lite(2, *case),
    'all-minilm-l6-v2': minilm,
}

path = Path(sys.argv[1])
case = json.loads(path.read_text())
if case['card'] not in NETWORKS:
    sys.exit(f"card_outputs.py has no network for the card {case['card']}: add one.")
result = NETWORKS[case['card']](case, path.parent)
print(json.dumps({**result, 'library': f"torch {torch.__version__}, {result['library']}", 'outputs': result['outputs'].tolist(), 'random': result['random'].tolist()}))
