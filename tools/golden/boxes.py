"""Prints COCO's mean average precision of random boxes, by pycocotools, as JSON.

Run: python3 tools/golden/boxes.py > packages/train/src/metrics/box-precision.golden.json
"""
import contextlib
import json
import sys
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

random = np.random.default_rng(2)
images = []
for n in range(8):
    truths = [[*(random.integers(0, 60, 2)), *(random.integers(8, 40, 2))] for _ in range(random.integers(0, 6))]
    classes = random.integers(0, 3, len(truths)).tolist()
    found = [[*(np.array(t) + random.integers(-4, 5, 4))] for t in truths for _ in range(2)] + [[*(random.integers(0, 60, 2)), *(random.integers(8, 40, 2))] for _ in range(2)]
    kinds = [int(k) if random.random() > 0.1 else 3 for k in np.repeat(classes, 2)] + random.integers(0, 3, 2).tolist()
    images.append({
        "truths": [[int(v) for v in b] for b in truths], "classes": classes,
        "found": [[int(v) for v in b] for b in found], "kinds": kinds, "scores": np.round(random.random(len(found)), 2).tolist(),
    })

with contextlib.redirect_stdout(sys.stderr):
    coco = COCO()
    coco.dataset = {
        "info": {}, "images": [{"id": n + 1} for n in range(len(images))], "categories": [{"id": k + 1} for k in range(4)],
        "annotations": [{"id": 100 * n + i + 1, "image_id": n + 1, "category_id": k + 1, "bbox": b, "area": b[2] * b[3], "iscrowd": 0} for n, one in enumerate(images) for i, (b, k) in enumerate(zip(one["truths"], one["classes"]))],
    }
    coco.createIndex()
    answers = coco.loadRes([{"image_id": n + 1, "category_id": k + 1, "bbox": b, "score": s} for n, one in enumerate(images) for b, k, s in zip(one["found"], one["kinds"], one["scores"])])
    evaluation = COCOeval(coco, answers, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
precision = evaluation.eval["precision"][:, :, :, 0, 2]  # overlaps, recalls, classes
by_class = [float(precision[:, :, k].mean()) if precision[:, :, k].min() >= 0 else None for k in range(4)]
print(json.dumps({"origin": "pycocotools 2.0.11, tools/golden/boxes.py; boxes are [left, top, width, height]", "images": images, "mean": evaluation.stats[0], "at 0.5": evaluation.stats[1], "at 0.75": evaluation.stats[2], "byClass": by_class}))
