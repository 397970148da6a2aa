"""Writes classes.json: binary and per-class scores, classification reports, several labels in a row, and scores and
scalers of constant columns, as scikit-learn computes them.

    python classes.py > classes.json        (scikit-learn 1.5 or later)
"""

import json
import sys
import numpy as np
import sklearn.metrics as m
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(14)


def scores(n, k, weighted):
    actual, predicted = rng.integers(0, k, n), rng.integers(0, k, n)
    predicted = np.where(rng.random(n) < 0.5, actual, predicted)
    actual[:k] = np.arange(k)
    if k > 3:
        predicted[predicted == 2] = 1  # a class that is never predicted
    w = rng.integers(1, 5, n).astype(float) if weighted else None
    s = dict(sample_weight=w, zero_division=0)
    all_scores = m.precision_recall_fscore_support(actual, predicted, average=None, **s)
    of = lambda positive: [f(actual, predicted, average="binary", pos_label=positive, **s)
                           for f in (m.precision_score, m.recall_score, m.f1_score)]
    labels = [f"class {'x' * i}" for i in range(k)]
    return {
        "actual": actual.tolist(), "predicted": predicted.tolist(), "weights": None if w is None else w.tolist(),
        "per_class": [np.asarray(a, float).tolist() for a in all_scores],
        "binary": [of(0), of(1)] if k == 2 else [],
        "labels": labels,
        "report": m.classification_report(actual, predicted, target_names=labels, zero_division=0) if w is None else "",
    }


def labels(weighted):
    actual, probabilities = rng.integers(0, 2, (9, 4)), np.round(rng.random((9, 4)), 3)
    w = rng.random(9) if weighted else None
    return {"targets": actual.astype(float).tolist(), "probabilities": probabilities.tolist(),
            "weights": None if w is None else w.tolist(),
            "accuracy": 1 - m.hamming_loss(actual, probabilities > 0.5, sample_weight=w)}


def constant(t, p, weighted):
    """With weights, scikit-learn's mean of equal targets is not that target, and the scores are some -1e31."""
    t, p = np.array(t), np.array(p)
    w = rng.random(len(t)) + 0.1 if weighted else None
    s = dict(sample_weight=w)
    return {"targets": t.tolist(), "predictions": p.tolist(), "weights": None if w is None else w.tolist(),
            "r2": m.r2_score(t, p, **s), "explained_variance": m.explained_variance_score(t, p, **s)}


def scaled(column):
    """What the scaler makes of one column; scikit-learn counts it as constant if it does not stretch it."""
    column = np.array(column)[:, None]
    scaler = StandardScaler().fit(column)
    return {"column": column[:, 0].tolist(), "single": column.dtype == np.float32,
            "is_constant": bool(scaler.scale_[0] == 1.0), "mean": float(scaler.mean_[0]),
            "deviation": float(scaler.scale_[0])}


next_up = lambda x, ulps=1: x if ulps == 0 else next_up(np.nextafter(x, x.dtype.type(np.inf)), ulps - 1)
d, f = np.float64(14.62), np.float32(14.62)
json.dump({
    "scores": [scores(n, k, w) for n, k in [(20, 2), (30, 3), (60, 5)] for w in [False, True]],
    "labels": [labels(w) for w in [False, True]],
    "constant": [constant(t, p, w) for t, p in [
        ([0.1] * 10, [0.1] * 10), ([0.1] * 10, [0.2] * 10), ([0.1] * 10, [0.1 * i for i in range(10)]),
        ([1.0, 2.0, 3.0], [1.5, 2.5, 3.5])] for w in [False, True]],
    "columns": [scaled(column) for column in [
        [d] * 7 + [next_up(d)], [d] * 7 + [next_up(d, 40)], np.array([f] * 7 + [next_up(f)]), [0.1] * 10,
        [1e8 + 8 * i for i in range(10)],
        np.array([1e8 + 8 * i for i in range(10)], "f4"),
        [1e15 + i for i in range(10)], [1e16 + 2 * i for i in range(10)],
        [-3.0, 7.0, 1e-3], [1e-20, 3e-20, 2e-20], [0.0, 0.0, 5e-12]]],
}, sys.stdout)
print()
