# Fits scikit-learn's logistic regression to the features of each recipe and prints its held-out probabilities' scores as JSON lines.
# Reads a folder of recipes: for each a JSON file with labels and shapes, and features as float32.
import json, sys, warnings
from pathlib import Path
import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
for file in sorted(Path(sys.argv[1]).glob("*.json")):
    kept = file.with_suffix(".scores")  # of an interrupted run
    if kept.exists():
        print(kept.read_text(), end="", flush=True)
        continue
    recipe = json.loads(file.read_text())
    lines = []
    load = lambda part: np.fromfile(file.with_suffix(f".{part}.bin"), "float32").reshape(-1, recipe["width"]).astype("float64")
    X, X2, y, y2 = load("training"), load("test"), np.array(recipe["training"]), np.array(recipe["test"])
    smallest = np.bincount(y)[np.unique(y)].min()
    judges = {"logistic regression": LogisticRegression(max_iter=2000)}
    if smallest >= 2 and len(y) * len(set(y)) <= 20000:
        judges["logistic regression, cross-validated"] = LogisticRegressionCV(
            Cs=np.logspace(-4, 4, 9), cv=int(min(5, smallest)), scoring="neg_log_loss", max_iter=500)
    for name, model in judges.items():
        fitted = make_pipeline(StandardScaler(), model).fit(X, y)
        p = np.clip(fitted.predict_proba(X2), 1e-12, 1)
        full = np.full((len(y2), recipe["classes"]), 1e-12)
        full[:, fitted.classes_] = p
        right = full.argmax(1) == y2
        confidence = full.max(1)
        bins = np.minimum((confidence * 15).astype(int), 14)
        ece = sum((bins == b).mean() * abs(confidence[bins == b].mean() - right[bins == b].mean()) for b in range(15) if (bins == b).any())
        lines.append(json.dumps({"recipe": file.stem, "judge": name, "right": right.astype(int).tolist(),
                          "nll": float(-np.log(full[np.arange(len(y2)), y2]).mean()), "ece": float(ece)}) + "\n")
    print("".join(lines), end="", flush=True)
    kept.write_text("".join(lines))
