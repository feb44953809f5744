"""Values for weights and inputs that are the same in Python and in tools/testing/noise.mjs."""
import torch


def noise(n, scale, seed=0):
    """Numbers with mean 0 and the given deviation, by a hash of their index. Those of a sine are too regular to tell wrong padding from right."""
    mask = 0xFFFFFFFF
    h = (torch.arange(n, dtype=torch.int64) * 2654435761 + 374761393 + seed) & mask
    h = ((h ^ (h >> 15)) * 2246822519) & mask
    h = ((h ^ (h >> 13)) * 3266489917) & mask
    return ((h ^ (h >> 16)).double() / 2**32 - 0.5).mul(12**0.5).float() * scale


def random_weight(name, shape):
    """A different weight for each name, also of the same shape; the same as in tools/testing/random-weight.ts."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    size = torch.Size(shape).numel()
    if name.endswith(('pos_embed', 'pos_embedding', 'position_embeddings', 'cls_token', 'class_token')):
        return noise(size, 0.5, seed).view(shape)
    is_matrix = len(shape) > 1 and size > shape[0]
    values = noise(size, (2 / (size / shape[0])) ** 0.5 if is_matrix else 0.1, seed)
    if name.endswith('running_var') or (not is_matrix and name.endswith(('weight', 'gamma', 'lambda1', 'layer_scale'))):
        values = values + 1
    return values.view(shape)
