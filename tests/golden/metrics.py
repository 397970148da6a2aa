"""Writes metrics.json: scores as scikit-learn computes them, on random cases with ties, missing classes and weights.

    python metrics.py > metrics.json        (scikit-learn 1.5 or later)
"""

import json
import sys
import numpy as np
import sklearn.metrics as m
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler

rng = np.random.default_rng(7)
AVERAGES = ["macro", "micro", "weighted"]


def classes(n, k, weighted):
    actual, predicted = rng.integers(0, k, n), rng.integers(0, k, n)
    actual[:k] = np.arange(k)
    if k > 3:
        predicted[predicted == 2] = 1  # a class that is never predicted
    scores = np.round(rng.random((n, k)) + 0.5 * np.eye(k)[actual], 1)  # rounded: ties
    shares = scores + 0.05
    shares /= shares.sum(axis=1, keepdims=True)
    w = rng.random(n) + 0.1 if weighted else None
    s = dict(sample_weight=w)
    scored = lambda f: {a: f(actual, predicted, average=a, zero_division=0, **s) for a in AVERAGES}
    one_hot = np.eye(k)[actual]
    per_row = ((shares - one_hot) ** 2).sum(axis=1) * (0.5 if k == 2 else 1.0)
    return {
        "actual": actual.tolist(), "predicted": predicted.tolist(), "scores": scores.tolist(),
        "probabilities": shares.tolist(), "weights": None if w is None else w.tolist(),
        "accuracy": m.accuracy_score(actual, predicted, **s),
        "top2": m.top_k_accuracy_score(actual, scores, k=2, labels=range(k), **s) if k > 2 else 1.0,
        "precision": scored(m.precision_score), "recall": scored(m.recall_score), "f1": scored(m.f1_score),
        "confusion": m.confusion_matrix(actual, predicted, labels=range(k), **s).astype(float).tolist(),
        "log_loss": m.log_loss(actual, shares, labels=range(k), **s),
        "brier": m.brier_score_loss(actual, shares[:, 1], **s) if k == 2 else float(np.average(per_row, weights=w)),
        "roc_auc": m.roc_auc_score(actual, scores[:, 1], **s) if k == 2
        else m.roc_auc_score(one_hot, scores, average="macro", **s),
    }


def numbers(n, k, weighted):
    t = rng.normal(size=(n, k)) * 3 + 1
    p = t + rng.normal(size=(n, k))
    w = rng.random(n) + 0.1 if weighted else None
    s = dict(sample_weight=w)
    return {
        "predictions": p.tolist(), "targets": t.tolist(), "weights": None if w is None else w.tolist(),
        "mse": m.mean_squared_error(t, p, **s), "rmse": m.root_mean_squared_error(t, p, **s),
        "mae": m.mean_absolute_error(t, p, **s), "r2": m.r2_score(t, p, **s),
        "explained_variance": m.explained_variance_score(t, p, **s),
    }


def split(counts, train, folds):
    """How many of each class a stratified split puts into the training part, and each fold into its test part."""
    y = np.repeat(np.arange(len(counts)), counts)
    first, _ = train_test_split(y, train_size=train, stratify=y, random_state=0)
    parts = StratifiedKFold(folds).split(y, y)
    count = lambda part: np.bincount(part, minlength=len(counts)).tolist()
    return {"counts": counts, "train": train, "in_train": count(first), "folds": folds,
            "in_folds": [count(y[test]) for _, test in parts]}


table = rng.normal(size=(7, 3)) * [1, 10, 100] + [0, 5, -50]
json.dump({
    "classes": [classes(n, k, w) for n, k in [(12, 2), (30, 3), (60, 5)] for w in [False, True]],
    "numbers": [numbers(n, k, w) for n, k in [(9, 1), (20, 3)] for w in [False, True]],
    "scaling": {"table": table.tolist(), "standard": StandardScaler().fit_transform(table).tolist(),
                "min_max": MinMaxScaler().fit_transform(table).tolist()},
    "splits": [split([41, 23, 9], 51, 4), split([50, 50], 70, 5), split([100, 7, 3], 88, 3), split([17, 31, 29, 11], 60, 6)],
}, sys.stdout, indent=0)
