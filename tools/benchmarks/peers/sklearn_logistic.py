"""Seconds of scikit-learn's LogisticRegressionCV on generated features, and its cross-validated losses, as JSON.

Run: python3 sklearn_logistic.py <file of float32 features> <rows> <width> <classes> <folds> <penalty> ...
Row i has class i % classes and is held out by fold (i // classes) % folds. Penalties are those of Graft: λ/2 times the squared weights is added to the mean loss.
"""
import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegressionCV

warnings.filterwarnings("ignore")
rows, width, classes, folds = map(int, sys.argv[2:6])
penalties = np.array([float(one) for one in sys.argv[6:]])
x = np.fromfile(sys.argv[1], "float32").reshape(rows, width).astype("float64")
x -= x.mean(0)
x *= np.sqrt(rows / (x ** 2).sum())
y = np.arange(rows) % classes
fold = (np.arange(rows) // classes) % folds
splits = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(folds)]
# scikit-learn's C multiplies the sum of the losses of the rows of a fold.
seen = rows - rows / folds
model = LogisticRegressionCV(Cs=1 / (penalties * seen), cv=splits, scoring="neg_log_loss", max_iter=1000)
start = time.perf_counter()
model.fit(x, y)
seconds = time.perf_counter() - start
scores = next(iter(model.scores_.values())) if isinstance(model.scores_, dict) else model.scores_
print(json.dumps({"version": sklearn.__version__, "seconds": seconds, "losses": (-np.asarray(scores)).reshape(folds, -1).mean(0).tolist()}))
