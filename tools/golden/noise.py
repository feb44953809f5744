"""Values for weights and inputs that are the same in Python and in tools/testing/noise.ts."""
import torch


def noise(n, scale):
    """Numbers with mean 0 and the given deviation, by a hash of their index. Those of a sine are too regular to tell wrong padding from right."""
    mask = 0xFFFFFFFF
    h = (torch.arange(n, dtype=torch.int64) * 2654435761 + 374761393) & mask
    h = ((h ^ (h >> 15)) * 2246822519) & mask
    h = ((h ^ (h >> 13)) * 3266489917) & mask
    return ((h ^ (h >> 16)).double() / 2**32 - 0.5).mul(12**0.5).float() * scale
