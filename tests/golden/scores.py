"""Writes scores.json: several labels in a row, balanced accuracy, further scores of numbers, curves, calibration and
classification reports of awkward labels, as scikit-learn computes them.

    python scores.py > scores.json        (scikit-learn 1.7 or later)

Earlier versions take the lower of two weighted medians.
"""

import json
import sys
import warnings
import numpy as np
import sklearn.metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
rng = np.random.default_rng(16)
AVERAGES = ["macro", "micro", "weighted", "samples"]


def weights(n, weighted):
    """Some are 0, some are equal."""
    return np.round(3 * rng.random(n)) / 2 + (rng.random(n) < 0.5) * 0.3 if weighted else None


def listed(w):
    return None if w is None else w.tolist()


def labels(n, k, weighted):
    actual, probabilities = rng.integers(0, 2, (n, k)), np.round(rng.random((n, k)), 3)
    predicted = probabilities > 0.5
    if k > 2:
        actual[:, 1] = 0  # a label that never occurs
        predicted[:, 1], probabilities[:, 1] = False, 0.25  # nor is predicted
        actual[0], actual[1], predicted[1], probabilities[1] = 0, 0, False, 0.1  # rows without any
    w = weights(n, weighted)
    s = dict(sample_weight=w, zero_division=0)
    scored = lambda f: {a: f(actual, predicted, average=a, **s) for a in AVERAGES}
    of_each = m.precision_recall_fscore_support(actual, predicted, average=None, **s)
    return {
        "targets": actual.astype(float).tolist(), "probabilities": probabilities.tolist(), "weights": listed(w),
        "label_accuracy": 1 - m.hamming_loss(actual, predicted, sample_weight=w),
        "subset_accuracy": m.accuracy_score(actual, predicted, sample_weight=w),
        "precision": scored(m.precision_score), "recall": scored(m.recall_score), "f1": scored(m.f1_score),
        "of_each": [np.asarray(a, float).tolist() for a in of_each],
        "report": m.classification_report(actual, predicted, zero_division=0, sample_weight=w,
                                          target_names=["label " + "x" * i for i in range(k)]).rstrip("\n"),
    }


def balanced(n, k, weighted):
    actual, predicted = rng.integers(0, k, n), rng.integers(0, k, n)
    predicted[0] = k  # predicted, but never true
    w = weights(n, weighted)
    return {"actual": actual.tolist(), "predicted": predicted.tolist(), "weights": listed(w),
            "score": m.balanced_accuracy_score(actual, predicted, sample_weight=w)}


def numbers(n, k, weighted):
    t = rng.poisson(2.0, (n, k)).astype(float)
    p = np.exp(rng.normal(size=(n, k)))
    p[0] = t[0] = 2.0
    p[1] = t[1] * (1 + 1e-9) + (t[1] == 0)
    w = weights(n, weighted)
    s = dict(sample_weight=w)
    return {
        "predictions": p.tolist(), "targets": t.tolist(), "weights": listed(w),
        "pinball": [[q, m.mean_pinball_loss(t, p, alpha=q, **s)] for q in [0.1, 0.5, 0.95]],
        "poisson_deviance": float(np.mean([m.mean_poisson_deviance(t[:, i], p[:, i], **s) for i in range(k)])),
        "median_absolute_error": m.median_absolute_error(t, p, **s),
        "mean_absolute_percentage_error": m.mean_absolute_percentage_error(t, p, **s),
    }


def curves(n, weighted, digits):
    actual, scores = rng.integers(0, 2, n), np.round(rng.normal(size=n), digits)
    scores += actual
    w = weights(n, weighted)
    s = dict(sample_weight=w)
    false_positive, true_positive, thresholds = m.roc_curve(actual, scores, drop_intermediate=False, **s)
    precision, recall, thresholds_of_recall = m.precision_recall_curve(actual, scores, **s)
    return {
        "actual": actual.tolist(), "scores": scores.tolist(), "weights": listed(w),
        "roc": [false_positive.tolist(), true_positive.tolist(), thresholds[1:].tolist()],
        "precision_recall": [precision.tolist(), recall.tolist(), thresholds_of_recall.tolist()],
        "area": m.roc_auc_score(actual, scores, **s),
        "average_precision": m.average_precision_score(actual, scores, **s),
    }


def several_classes(n, k, weighted):
    actual, scores = rng.integers(0, k, n), np.round(rng.random((n, k)), 1)
    w = weights(n, weighted)
    one_hot = np.eye(k)[actual]
    return {"actual": actual.tolist(), "scores": scores.tolist(), "weights": listed(w),
            "average_precision": m.average_precision_score(one_hot, scores, average="macro", sample_weight=w)}


def calibration(n, bins, strategy, digits):
    """With few digits, many probabilities lie on the bounds of bins."""
    p = np.round(rng.random(n) ** 2, digits)
    actual = (rng.random(n) < p).astype(int)
    observed, predicted = calibration_curve(actual, p, n_bins=bins, strategy=strategy)
    return {"probabilities": p.tolist(), "actual": actual.tolist(), "bins": bins, "strategy": strategy,
            "observed": observed.tolist(), "predicted": predicted.tolist()}


def report(names, actual, predicted, w=None):
    """`target_names` are those of the classes that occur."""
    occur = sorted(set(actual) | set(predicted))
    text = m.classification_report(actual, predicted, target_names=[names[c] for c in occur], zero_division=0,
                                   sample_weight=w)
    return {"names": names, "actual": actual, "predicted": predicted, "weights": w, "text": text.rstrip("\n")}


# Scores of exactly 1/8, 3/8, 5/8 and 7/8: halves in the last digit.
halves = [0] * 8 + [1] * 8 + [2] * 8 + [3] * 8
predicted_halves = [0] + [1] * 7 + [1] * 3 + [2] * 5 + [2] * 5 + [3] * 3 + [3] * 7 + [0]
json.dump({
    "labels": [labels(n, k, w) for n, k in [(12, 2), (25, 5), (9, 3)] for w in [False, True]],
    "balanced": [balanced(n, k, w) for n, k in [(12, 2), (40, 4)] for w in [False, True]],
    "numbers": [numbers(n, k, w) for n, k in [(10, 1), (9, 1), (31, 3)] for w in [False, True]],
    "curves": [curves(n, w, digits) for n, digits in [(12, 1), (40, 1), (30, 6)] for w in [False, True]],
    "several_classes": [several_classes(n, k, w) for n, k in [(20, 2), (30, 4)] for w in [False, True]],
    "calibration": [calibration(n, bins, strategy, digits) for n, bins, digits in
                    [(50, 10, 1), (200, 10, 2), (200, 7, 3), (21, 5, 2), (9, 30, 2), (40, 1, 2), (101, 20, 6)]
                    for strategy in ["uniform", "quantile"]],
    "reports": [
        report(["no", "yes"], [1, 1, 1], [1, 1, 1]),
        report(["a"], [0, 0], [0, 0]),
        report(["a label that is much longer than the words weighted avg", "b"], [0, 0, 1], [0, 1, 1]),
        report(["größer", "日本語のラベル", "ab\u0301c", "🦀"], [0, 1, 2, 3, 3], [0, 1, 1, 3, 2]),
        report(["", " ", "a\tb"], [0, 1, 2, 2], [0, 1, 2, 0]),
        report(["never true", "always", "never at all", "never predicted"], [1, 1, 1, 3], [0, 1, 1, 1]),
        report(["w", "x", "y", "z"], halves, predicted_halves),
        report(["x", "y"], [0, 0, 1, 1], [0, 1, 1, 1], [1.0, 2.0, 3.0, 4.0]),
        report(["x", "y"], [0, 0, 1, 1], [0, 1, 1, 1], [0.1, 0.2, 0.3, 0.25]),
        report(["x", "y"], [0, 0, 1, 1], [0, 1, 1, 1], [1e7, 2.5e9, 3e-7, 0.25]),
        report(["x", "y"], [0, 0, 1, 1], [0, 1, 1, 1], [1e17, 2.0, 3e16, 0.0]),
    ],
}, sys.stdout)
print()
