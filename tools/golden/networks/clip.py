"""CLIP's image encoder (Radford et al. 2021): a vision transformer with quick GELU and a projection."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_fc, self.c_proj = nn.Linear(width, width * 4), nn.Linear(width * 4, width)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        y = self.c_fc(self.ln_2(x))
        return x + self.c_proj(y * torch.sigmoid(1.702 * y))


class ClipImageEncoder(nn.Module):
    def __init__(self, size=64, patch=16, width=128, layers=4, heads=4, features=64):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width) * width ** -0.5)
        self.positional_embedding = nn.Parameter(torch.randn((size // patch) ** 2 + 1, width) * width ** -0.5)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.resblocks = nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.proj = nn.Parameter(torch.randn(width, features) * width ** -0.5)

    def forward(self, image):
        x = self.conv1(image).flatten(2).permute(0, 2, 1)
        first = self.class_embedding.to(x.dtype) + torch.zeros(x.shape[0], 1, x.shape[-1], dtype=x.dtype)
        x = self.ln_pre(torch.cat([first, x], 1) + self.positional_embedding)
        x = self.resblocks(x.permute(1, 0, 2)).permute(1, 0, 2)
        return self.ln_post(x[:, 0, :]) @ self.proj
