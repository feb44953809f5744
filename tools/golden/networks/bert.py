"""BERT (Devlin et al. 2019) as a sentence encoder in MiniLM's manner: masked mean over tokens, unit length."""
import math
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.intermediate, self.dense = nn.Linear(width, width * 4), nn.Linear(width * 4, width)
        self.attention_norm, self.output_norm = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, x.shape[2] // self.heads).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask
        y = (self.dropout(scores.softmax(-1)) @ v).permute(0, 2, 1, 3).contiguous()
        x = self.attention_norm(self.dropout(self.output(y.view(y.shape[0], y.shape[1], x.shape[2]))) + x)
        return self.output_norm(self.dropout(self.dense(nn.functional.gelu(self.intermediate(x)))) + x)


class SentenceBert(nn.Module):
    def __init__(self, words=1000, positions=64, width=96, layers=3, heads=4):
        super().__init__()
        self.word_embeddings = nn.Embedding(words, width, padding_idx=0)
        self.position_embeddings, self.token_type_embeddings = nn.Embedding(positions, width), nn.Embedding(2, width)
        self.norm, self.dropout = nn.LayerNorm(width, eps=1e-12), nn.Dropout(0.1)
        self.register_buffer("position_ids", torch.arange(positions).expand(1, -1))
        self.layer = nn.ModuleList([Layer(width, heads) for _ in range(layers)])

    def forward(self, input_ids, attention_mask, token_type_ids):
        positions = self.position_embeddings(self.position_ids[:, : input_ids.shape[1]])
        x = self.dropout(self.norm(self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids) + positions))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layer:
            x = layer(x, mask)
        weight = attention_mask.unsqueeze(-1).expand(x.shape).to(x.dtype)
        return nn.functional.normalize((x * weight).sum(1) / weight.sum(1).clamp(min=1e-9), p=2.0, dim=1)
