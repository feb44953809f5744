"""DINOv2 (Oquab et al. 2023): a vision transformer with layer scale, whose position embedding is resized to the image."""
import math
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(width, width * 3), nn.Linear(width, width)

    def forward(self, x):
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0] * self.scale, qkv[1], qkv[2]
        return self.proj(((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(b, n, c))


class LayerScale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.ls1, self.ls2 = Attention(width, heads), LayerScale(width), LayerScale(width)
        self.mlp = nn.Sequential(nn.Linear(width, width * 4), nn.GELU(), nn.Linear(width * 4, width))

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class DinoV2(nn.Module):
    def __init__(self, pretrained_size=112, patch=14, width=96, layers=4, heads=3):
        super().__init__()
        self.patch = patch
        self.patch_embed = nn.Conv2d(3, width, patch, patch)
        self.cls_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.pos_embed = nn.Parameter(torch.randn(1, (pretrained_size // patch) ** 2 + 1, width) * 0.02)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def positions(self, rows, columns):
        first, rest = self.pos_embed[:, :1], self.pos_embed[:, 1:]
        side = int(math.sqrt(rest.shape[1]))
        rest = rest.reshape(1, side, side, -1).permute(0, 3, 1, 2)
        rest = nn.functional.interpolate(rest, size=(rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([first, rest.permute(0, 2, 3, 1).flatten(1, 2)], 1)

    def forward(self, image):
        rows, columns = image.shape[2] // self.patch, image.shape[3] // self.patch
        x = self.patch_embed(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.positions(rows, columns)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]
