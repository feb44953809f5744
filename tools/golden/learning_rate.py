"""Prints learning rates that fastai's `valley` and `steep` suggest for curves, as JSON; its formulas are copied, because it is not a Debian package.

Run: python3 tools/golden/learning_rate.py > packages/train/src/suggest-rates.golden.json
"""
import json
import numpy as np


def valley(rates, losses):
    n, start, end = len(losses), 0, 0
    lengths = [1] * n
    for i in range(1, n):
        for j in range(i):
            if losses[i] < losses[j] and lengths[i] < lengths[j] + 1:
                lengths[i] = lengths[j] + 1
            if lengths[end] < lengths[i]:
                end, start = i, i - lengths[i]
    sections = (end - start) / 3
    return rates[start + int(sections) + int(sections / 2)]


def steep(rates, losses):
    return rates[((losses[1:] - losses[:-1]) / (np.log(rates[1:]) - np.log(rates[:-1]))).argmin()]


def case(seed):
    random = np.random.default_rng(seed)
    rates = np.round(1e-6 * (10 / 1e-6) ** (np.arange(60) / 60), 12)
    x = np.log10(rates)
    center = random.uniform(-3, -1.5)
    losses = np.round(2.3 - 1.5 / (1 + np.exp(-3 * (x - center))) + 4 * np.maximum(0, x - center - 1.5) ** 2 + 0.02 * random.standard_normal(60), 6)
    return {'rates': rates.tolist(), 'losses': losses.tolist(), 'valley': valley(rates, losses), 'steepest': steep(rates, losses)}


print(json.dumps({'origin': "fastai 2.7's formulas of suggestions, numpy " + np.__version__, 'cases': [case(seed) for seed in range(4)]}))
