"""Writes splits.json: the test rows of scikit-learn's GroupKFold and TimeSeriesSplit, which have no randomness.

    python splits.py > splits.json        (scikit-learn 1.5 or later)
"""

import json
import sys
import numpy as np
from sklearn.model_selection import GroupKFold, TimeSeriesSplit

rng = np.random.default_rng(3)


def parts(splits):
    return [[train.tolist(), test.tolist()] for train, test in splits]


def grouped(groups, folds):
    groups = np.asarray(groups)
    return {"groups": groups.tolist(), "folds": folds, "parts": parts(GroupKFold(folds).split(groups, groups=groups))}


def time_series(rows, folds, gap):
    return {"rows": rows, "folds": folds, "gap": gap,
            "parts": parts(TimeSeriesSplit(folds, gap=gap).split(np.zeros(rows)))}


json.dump({
    "grouped": [grouped(rng.integers(0, groups, rows), folds)
                for rows, groups, folds in [(12, 4, 2), (30, 9, 4), (50, 12, 5), (9, 9, 3), (40, 14, 10)]],
    "time_series": [time_series(*case) for case in [(7, 2, 1), (12, 3, 0), (13, 5, 0), (50, 4, 6), (6, 5, 0), (23, 7, 1)]],
}, sys.stdout)
