"""Writes preparation.json: a table with gaps, prepared by scikit-learn's transformers, learned on its first rows.

    python preparation.py > preparation.json        (scikit-learn 1.5 or later)
"""

import json
import sys
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler,
)

rng = np.random.default_rng(11)
ROWS, TRAIN = 40, 28


def texts(options, shares, missing):
    column = rng.choice(options, ROWS, p=shares).astype(object)
    column[rng.random(ROWS) < missing] = None
    return column


def numbers(column, missing):
    column[rng.random(ROWS) < missing] = np.nan
    return column


TABLE = {
    "length": numbers(rng.normal(44, 5, ROWS), 0.2),
    "income": numbers(rng.lognormal(3, 2, ROWS), 0.2),
    "whole": rng.normal(-3, 100, ROWS),
    "doors": rng.choice([2.0, 3.0, 4.0, 10.0], ROWS),
    "island": texts(["Biscoe", "Dream", "Torgersen"], [0.5, 0.3, 0.2], 0.2),
    "town": texts(["a", "b", "c", "d", "e", "f"], [0.4, 0.3, 0.1, 0.1, 0.05, 0.05], 0.05),
    "size": texts(["small", "medium", "large"], [0.3, 0.4, 0.3], 0.0),
}
# Categories that the training rows do not have.
TABLE["island"][TRAIN], TABLE["town"][TRAIN + 1], TABLE["size"][TRAIN + 2] = "Deception", "z", "huge"
# What the training rows must have, for the cases to mean something.
TABLE["length"][3], TABLE["income"][5], TABLE["island"][7] = np.nan, np.nan, None
TABLE["town"][:TRAIN][TABLE["town"][:TRAIN] == None] = "a"  # noqa: E711
TABLE["town"][2], TABLE["town"][4] = None, "f"


def prepared(name, transformer, missing=None):
    """Learns on the first rows, transforms all."""
    column = TABLE[name].reshape(-1, 1).copy()
    column[column == None] = missing  # noqa: E711
    transformer.fit(column[:TRAIN])
    return np.asarray(transformer.transform(column), dtype=float).tolist()


def filled(scaler, **options):
    return lambda name: prepared(name, with_indicator(scaler, **options))


class with_indicator:
    """A pipeline that scales the filled numbers, and not the indicator."""

    def __init__(self, scaler, **options):
        self.imputer, self.scaler = SimpleImputer(**options), scaler

    def fit(self, x):
        self.scaler.fit(self.imputer.fit_transform(x)[:, :1])

    def transform(self, x):
        y = self.imputer.transform(x)
        return np.hstack([self.scaler.transform(y[:, :1]), y[:, 1:]])


log = lambda: make_pipeline(FunctionTransformer(np.log1p), StandardScaler())
one_hot = lambda **options: OneHotEncoder(sparse_output=False, **options)
ordinal = lambda **options: OrdinalEncoder(**options)
identity = lambda: FunctionTransformer()

CASES = {
    "standard": ("whole", prepared("whole", StandardScaler())),
    "standard_mean": ("length", filled(StandardScaler(), strategy="mean")("length")),
    "standard_median_indicator": ("length", filled(StandardScaler(), strategy="median", add_indicator=True)("length")),
    "min_max_constant": ("length", filled(MinMaxScaler(), strategy="constant", fill_value=-5.0)("length")),
    "min_max": ("whole", prepared("whole", MinMaxScaler())),
    "robust": ("whole", prepared("whole", RobustScaler())),
    "robust_median": ("income", filled(RobustScaler(), strategy="median")("income")),
    "log_median": ("income", filled(log(), strategy="median")("income")),
    "none_mean_indicator": ("income", filled(identity(), strategy="mean", add_indicator=True)("income")),
    # No number is missing in the training rows: no indicator.
    "none_median_indicator": ("whole", filled(identity(), strategy="median", add_indicator=True)("whole")),
    "one_hot_own_zeros": ("island", prepared("island", one_hot(handle_unknown="ignore"))),
    "one_hot_own_other_3": (
        "town", prepared("town", one_hot(handle_unknown="infrequent_if_exist", min_frequency=3))),
    "one_hot_own_zeros_3": ("town", prepared("town", one_hot(handle_unknown="ignore", min_frequency=3))),
    "one_hot_own_other_1": (
        "island", prepared("island", one_hot(handle_unknown="infrequent_if_exist", min_frequency=1))),
    "one_hot_numbers": ("doors", prepared("doors", one_hot(handle_unknown="ignore"))),
    "ordinal_numbers": ("doors", prepared("doors", ordinal())),
    "ordinal_sorted": ("size", prepared("size", ordinal(handle_unknown="use_encoded_value", unknown_value=-1))),
    "ordinal_in_order": ("size", prepared("size", ordinal(
        categories=[["small", "medium", "large"]], handle_unknown="use_encoded_value", unknown_value=-1))),
    # To an OrdinalEncoder None is a category, and NaN is missing.
    "ordinal_missing": ("island", prepared("island", ordinal(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2), missing=np.nan)),
}

# A ColumnTransformer puts the results side by side, in the order of the transformers.
transformer = ColumnTransformer([
    ("length", make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()), [0]),
    ("town", one_hot(handle_unknown="infrequent_if_exist", min_frequency=3), [5]),
    ("doors", MinMaxScaler(), [3]),
    ("island", one_hot(handle_unknown="ignore"), [4]),
])
everything = np.column_stack([values.astype(object) for values in TABLE.values()])
transformer.fit(everything[:TRAIN])

plain = lambda values: [None if v is None or (isinstance(v, float) and np.isnan(v)) else v for v in values]
json.dump({
    "train": TRAIN,
    "numbers": {name: plain(values.tolist()) for name, values in TABLE.items() if values.dtype == float},
    "texts": {name: plain(values.tolist()) for name, values in TABLE.items() if values.dtype == object},
    "together": transformer.transform(everything).astype(float).tolist(),
    "cases": {name: {"column": column, "expected": expected} for name, (column, expected) in CASES.items()},
}, sys.stdout)
sys.stdout.write("\n")
