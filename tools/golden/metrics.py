"""Prints scikit-learn's metrics of random predictions as JSON; expected calibration error by numpy, after Guo et al. 2017.

Logits are multiples of 1/16, so that ties are ties in float32 as well.

Run: python3 tools/golden/metrics.py > packages/train/src/metrics/metrics.golden.json
"""
import json
import numpy as np
import sklearn
from sklearn import metrics as M

random = np.random.default_rng(4)


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def calibration_error(p, t, bins):
    confidence, right, total = p.max(1), p.argmax(1) == t, 0.0
    for low in range(bins):
        inside = (confidence > low / bins) & (confidence <= (low + 1) / bins)
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total


def classification(logits, targets):
    p = softmax(logits) if logits.shape[1] > 1 else 1 / (1 + np.exp(-np.hstack([-logits, logits])))
    answers = p.argmax(1)
    result = {"balancedAccuracy": M.balanced_accuracy_score(targets, answers), "expectedCalibrationError": calibration_error(p, targets, 15), "expectedCalibrationError 4": calibration_error(p, targets, 4)}
    for average in ("macro", "micro", "weighted"):
        for name, fn in (("precision", M.precision_score), ("recall", M.recall_score), ("f1", M.f1_score), ("meanIou", M.jaccard_score), ("meanDice", M.f1_score)):
            result[f"{name} {average}"] = fn(targets, answers, average=average, zero_division=0)
    if p.shape[1] == 2:
        # logits, not probabilities: rounding creates no ties
        score = logits[:, -1] - (logits[:, 0] if logits.shape[1] == 2 else 0)
        result["rocAuc"], result["averagePrecision"] = M.roc_auc_score(targets, score), M.average_precision_score(targets, score)
    elif len(set(targets)) == p.shape[1]:  # scikit-learn refuses classes without samples
        result["rocAuc"] = M.roc_auc_score(targets, p, multi_class="ovr", average="macro")
        result["averagePrecision"] = M.average_precision_score(np.eye(p.shape[1])[targets], p, average="macro")
    report = M.classification_report(targets, answers, output_dict=True, zero_division=0)
    return {"outputs": logits.tolist(), "targets": targets.tolist(), "metrics": result, "report": {str(k): report[str(k)] for k in sorted(set(targets) | set(answers))}}


def case(classes, samples, columns=None):
    targets = random.integers(0, classes, samples)
    logits = random.normal(size=(samples, columns or classes)) * 1.5
    for n, t in enumerate(targets):
        logits[n, t if columns is None else 0] += 1.0 if columns is None else (1.0 if t else -1.0)
    return classification(np.round(logits * 16) / 16, targets)


def regression(answers, targets):
    return {"outputs": answers.tolist(), "targets": targets.ravel().tolist(), "metrics": {
        "meanAbsoluteError": M.mean_absolute_error(targets, answers), "rootMeanSquaredError": M.root_mean_squared_error(targets.ravel(), answers.ravel()),
        "meanAbsolutePercentageError": M.mean_absolute_percentage_error(targets, answers), "r2": M.r2_score(targets, answers)}}


def multi_label(samples, labels):
    targets = (random.random((samples, labels)) < [0.5, 0.3, 0.1, 0.7][:labels]).astype(int)
    logits = np.round((random.normal(size=(samples, labels)) * 1.5 + 2 * targets - 1) * 16) / 16
    answers = (logits > 0).astype(int)
    return {"outputs": logits.tolist(), "targets": targets.ravel().tolist(), "metrics": {
        "multiLabelF1 macro": M.f1_score(targets, answers, average="macro"), "multiLabelF1 micro": M.f1_score(targets, answers, average="micro"),
        "meanAveragePrecision": M.average_precision_score(targets, logits, average="macro"), "exactMatch": M.accuracy_score(targets, answers)}}


wanted = np.round(random.normal(size=(37, 3)) * 2 + 1000, 3)
result = {
    "origin": f"scikit-learn {sklearn.__version__}, tools/golden/metrics.py",
    "classification": {"five classes": case(5, 97), "two logits": case(2, 60), "one logit": case(2, 60, 1), "an unused class": classification(np.round(random.normal(size=(20, 4)) * 16) / 16 - [0, 0, 0, 9], random.integers(0, 3, 20))},
    "regression": {"three outputs": regression(np.round((wanted + random.normal(size=(37, 3))) * 4) / 4, wanted)},
    "multiLabel": {"four labels": multi_label(41, 4)},
}
print(json.dumps(result))
