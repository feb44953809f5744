# Solutions of regularised linear models, for packages/transfer. Run: python tools/golden/linear_fit.py > packages/transfer/src/fit-linear.golden.json
import json, warnings
import numpy as np, scipy, sklearn
from sklearn.linear_model import LogisticRegression, Ridge

warnings.filterwarnings("ignore")
random = np.random.default_rng(5)


def features(n, d):
    # correlated, with offsets and unequal scales, exact in float32
    x = random.normal(size=(n, d)) @ random.normal(size=(d, d)) + random.normal(size=d) * 5
    return np.round(x * 64) / 64


def scaled(x):
    centred = x - x.mean(0)
    return centred * np.sqrt(len(x) / (centred ** 2).sum())


def case(link, x, y, strengths, weights=None):
    z, n = scaled(x), len(x)
    w = np.ones(n) if weights is None else np.array(weights)
    fits = []
    for strength in strengths:
        if link == "identity":
            # half the weighted mean of squared errors
            m = Ridge(alpha=strength * w.sum(), tol=1e-12).fit(z, y, sample_weight=w)
            out, square = m.predict(z), (m.coef_ ** 2).sum()
            loss = (w * ((out - y) ** 2).sum(1) / 2).sum() / w.sum()
        elif link == "softmax":
            m = LogisticRegression(C=1 / (strength * w.sum()), tol=1e-10, max_iter=100000).fit(z, y, sample_weight=w)
            out, square = m.decision_function(z), (m.coef_ ** 2).sum()
            p = m.predict_log_proba(z)
            loss = -(w * p[np.arange(n), y]).sum() / w.sum()
            out = m.predict_proba(z)
        else:
            ms = [LogisticRegression(C=1 / (strength * w.sum()), tol=1e-10, max_iter=100000).fit(z, y[:, k], sample_weight=w) for k in range(y.shape[1])]
            out, square = np.stack([m.predict_proba(z)[:, 1] for m in ms], 1), sum((m.coef_ ** 2).sum() for m in ms)
            loss = -(w[:, None] * np.log(np.where(y > 0, out, 1 - out))).sum() / w.sum()
        fits.append({"strength": strength, "loss": loss, "outputs": np.round(out, 7).tolist()})
    return {"link": link, "inputs": x.tolist(), "targets": y.tolist(), "weights": weights, "fits": fits}


result = {"origin": f"scikit-learn {sklearn.__version__}, tools/golden/linear_fit.py"}
x = features(40, 6)
classes = (scaled(x) @ random.normal(size=(6, 3)) + random.normal(size=(40, 3)) * 0.5).argmax(1)
result["three classes"] = case("softmax", x, classes, [0.1, 1e-3])
result["weighted classes"] = case("softmax", x, classes, [1e-2], [[1, 3, 0.5][c] for c in classes])
x = features(12, 20)
result["more features than rows"] = case("softmax", x, np.arange(12) % 2 + (np.arange(12) > 9), [1e-2])
x = features(30, 5)
labels = (scaled(x) @ random.normal(size=(5, 2)) + random.normal(size=(30, 2)) * 0.5 > 0).astype(int)
result["two labels"] = case("sigmoid", x, labels, [1e-2])
values = np.round((x @ random.normal(size=(5, 2)) + random.normal(size=(30, 2)) + [100, -3]) * 64) / 64
result["two values"] = case("identity", x, values, [1e-1, 1e-4], np.linspace(0.5, 2, 30).tolist())
print(json.dumps(result))
