"""Writes tables.json: what pandas' describe and nunique say of columns of numbers and of texts.

    python tables.py > tables.json        (pandas 2 or later, NumPy)
"""

import json
import sys
import numpy as np
import pandas as pd

rng = np.random.default_rng(16)


def case(numbers, texts):
    column, words = pd.Series(numbers, dtype=float), pd.Series(texts, dtype=object)
    none = lambda value: None if pd.isna(value) else value
    described = {key: none(float(value)) for key, value in column.describe().items()}
    text = words.describe()
    counts = words.value_counts()
    # Of equally frequent texts, pandas names any: the cases have one that leads.
    assert len(counts) < 2 or counts.iloc[0] > counts.iloc[1]
    return {
        "numbers": [none(x) for x in column], "texts": [none(x) for x in words],
        "described": described, "distinct": int(column.nunique()),
        "text": {"count": int(text["count"]), "unique": int(text["unique"]),
                 "top": None if len(counts) == 0 else text["top"], "freq": None if len(counts) == 0 else int(text["freq"])},
    }


def holed(values, share):
    return [None if hole else value for value, hole in zip(values, rng.random(len(values)) < share)]


def words(n, kinds):
    return ["a"] * (n // 2 + 1) + [f"word {i}" for i in rng.integers(0, kinds, n - n // 2 - 1)]


cases = [
    case([5.0], ["x"]),
    case([1.0, 2.0], ["x", None]),
    case([3.0, 1.0, 2.0, 2.0], [None] * 4),
    case(rng.normal(size=101).tolist(), words(101, 5)),
    case(holed((1e6 + rng.normal(size=64)).tolist(), 0.2), holed(words(64, 9), 0.1)),
    case(holed(rng.integers(-3, 4, 50).astype(float).tolist(), 0.5), words(50, 50)),
    case((rng.normal(size=30) * 1e150).tolist(), words(30, 3)),
    case((rng.normal(size=31) * 1e-150).tolist(), words(31, 3)),
]
json.dump(cases, sys.stdout, allow_nan=False)
