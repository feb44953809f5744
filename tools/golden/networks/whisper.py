"""Whisper's audio encoder (Radford et al. 2022): two convolutions over a mel spectrogram, then a transformer."""
import math
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = nn.Linear(width, width), nn.Linear(width, width, bias=False), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        b, n, c = x.shape
        scale = (c // self.heads) ** -0.25
        q = self.query(x).view(b, n, self.heads, -1).permute(0, 2, 1, 3) * scale
        k = self.key(x).view(b, n, self.heads, -1).permute(0, 2, 3, 1) * scale
        v = self.value(x).view(b, n, self.heads, -1).permute(0, 2, 1, 3)
        return self.out(((q @ k).float().softmax(-1).to(q.dtype) @ v).permute(0, 2, 1, 3).flatten(2))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn, self.attn_ln, self.mlp_ln = Attention(width, heads), nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, width * 4), nn.GELU(), nn.Linear(width * 4, width))

    def forward(self, x):
        x = x + self.attn(self.attn_ln(x))
        return x + self.mlp(self.mlp_ln(x))


class WhisperEncoder(nn.Module):
    def __init__(self, mels=80, frames=200, width=96, layers=3, heads=4):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(mels, width, 3, padding=1), nn.Conv1d(width, width, 3, stride=2, padding=1)
        rates = torch.exp(-math.log(10000) / (width // 2 - 1) * torch.arange(width // 2))
        angles = torch.arange(frames // 2)[:, None] * rates[None]
        self.register_buffer("positional_embedding", torch.cat([angles.sin(), angles.cos()], 1))
        self.blocks, self.ln_post = nn.ModuleList([Block(width, heads) for _ in range(layers)]), nn.LayerNorm(width)

    def forward(self, mel):
        x = nn.functional.gelu(self.conv2(nn.functional.gelu(self.conv1(mel)))).permute(0, 2, 1)
        x = (x + self.positional_embedding).to(x.dtype)
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x)
