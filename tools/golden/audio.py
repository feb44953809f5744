"""Golden numbers of @graft/audio: SciPy's resample_poly, and spectrograms of torch.stft with the mel filters of Hugging Face transformers.

python3 tools/golden/audio.py > packages/audio/src/audio.golden.json
"""
import json
import math

import numpy
import torch
from scipy.signal import resample_poly
from transformers import WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank

random = numpy.random.default_rng(7)


def rounded(values, digits=7):
    return [float(f"{float(value):.{digits}g}") for value in numpy.asarray(values).ravel()]


def resampled(source, target, length):
    wave = random.standard_normal(length).astype(numpy.float32)
    divisor = math.gcd(source, target)
    result = resample_poly(wave.astype(numpy.float64), target // divisor, source // divisor)
    return {"from": source, "to": target, "samples": rounded(wave, 9), "result": rounded(result)}


def spectrogram(name, samples, options):
    """What LogMel computes, by other means."""
    wave = random.standard_normal((2, samples)).astype(numpy.float32) * [[0.3], [0.01]]
    fft, window, rate = options["fft"], options.get("window", options["fft"]), options["rate"]
    center, power = options.get("center", "reflect"), options.get("power", 2)
    spectrum = torch.stft(
        torch.tensor(wave * options.get("amplitude", 1)),
        n_fft=fft,
        hop_length=options["hop"],
        win_length=window,
        window=torch.hann_window(window, dtype=torch.float64),
        center=center != "none",
        pad_mode="reflect" if center == "reflect" else "constant",
        return_complex=True,
    ).abs()
    filters = mel_filter_bank(
        fft // 2 + 1,
        options["mels"],
        options.get("lowest", 0),
        options.get("highest", rate / 2),
        rate,
        norm=None if options.get("norm", "none") == "none" else "slaney",
        mel_scale=options.get("scale", "htk"),
    )
    mel = torch.tensor(filters.T) @ spectrum**power
    floored = mel.clamp(min=options.get("floor", 1e-10))
    unit = {"ln": 1, "log10": 1 / math.log(10), "db": (10 if power == 2 else 20) / math.log(10)}[options.get("log", "ln")]
    values = floored.log() * unit
    if "range" in options:
        values = torch.maximum(values, values.amax((1, 2), keepdim=True) - options["range"])
    values = values * options.get("multiply", 1) + options.get("add", 0)
    return {"name": name, "options": options, "samples": rounded(wave, 9), "shape": list(values.shape), "result": rounded(values, 6)}


def whisper(samples):
    """What the feature extractor of Whisper computes."""
    extractor = WhisperFeatureExtractor(feature_size=14, sampling_rate=16_000, hop_length=80, n_fft=200)
    wave = random.standard_normal((2, samples)).astype(numpy.float32) * numpy.float32([[0.3], [0.01]])
    wave[:, -30:] *= 40  # the loudest value is in the last frame, which is left out
    result = extractor._np_extract_fbank_features(wave, "cpu")
    options = {
        "rate": 16_000, "fft": 200, "hop": 80, "mels": 14, "scale": "slaney", "norm": "slaney", "log": "log10", "range": 8, "multiply": 0.25, "add": 1, "dropLast": True,
    }
    return {"name": "Whisper", "options": options, "samples": rounded(wave, 9), "shape": list(result.shape), "result": rounded(result, 6)}


print(
    json.dumps(
        {
            "resample": [resampled(44_100, 16_000, 150), resampled(8_000, 16_000, 60), resampled(16_000, 11_025, 90), resampled(48_000, 16_000, 101)],
            "logMel": [
                spectrogram("torchaudio's defaults", 400, {"rate": 16_000, "fft": 128, "hop": 64, "mels": 10}),
                spectrogram(
                    "openWakeWord",
                    700,
                    {
                        "rate": 16_000, "fft": 256, "window": 200, "hop": 160, "mels": 12, "lowest": 60, "highest": 3800, "scale": "slaney", "norm": "slaney",
                        "center": "none", "log": "db", "range": 30, "amplitude": 32_768, "multiply": 0.1, "add": 2,
                    },
                ),
                whisper(480),
                spectrogram("magnitudes, odd margins", 300, {"rate": 8_000, "fft": 100, "window": 81, "hop": 50, "mels": 6, "power": 1, "log": "db", "center": "zeros"}),
            ],
        }
    )
)
