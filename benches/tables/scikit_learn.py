"""Scores scikit-learn's MLPClassifier and MLPRegressor with their defaults on the twenty tables.

    python benches/tables/fetch.py FOLDER
    python benches/tables/scikit_learn.py FOLDER examples/data/tables.json
    python benches/tables/scikit_learn.py --matrices MATRICES

The second form scores the matrices that `matrices.py` has written, into MATRICES/scikit_learn.csv.
`tables.py` defines reading, rows, splits and preparation. Seed s splits the rows and is the `random_state`. The score
is the accuracy or R² of the test rows. The regressor learns a standardized target.
Packages: NumPy, pandas, scikit-learn.
"""

import json
import os
import pathlib
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

import tables

SEEDS = 20


def score(task, inputs, target, train, test, seed):
    """Returns the score of the test rows by scikit-learn's defaults."""
    if task == tables.CLASSES:
        model = MLPClassifier(random_state=seed).fit(inputs[train], target[train])
        return model.score(inputs[test], target[test])
    mean, deviation = target[train].mean(), target[train].std()
    model = MLPRegressor(random_state=seed).fit(inputs[train], (target[train] - mean) / deviation)
    return r2_score(target[test], model.predict(inputs[test]) * deviation + mean)


def standard_error(scores):
    return float(numpy.std(scores, ddof=1) / len(scores) ** 0.5)


def score_matrices(folder):
    """Writes name, seed, score of each matrix."""
    with (folder / "scikit_learn.csv").open("w") as output:
        print("name,seed,score", file=output)
        for name, _, task, *_ in tables.TABLES:
            for seed in range(SEEDS):
                train, test = (tables.read_idx(folder / f"{name}-{seed}-{part}.idx") for part in ("train", "test"))
                matrix, rows = numpy.vstack([train, test]), numpy.arange(len(train) + len(test))
                parts = rows[: len(train)], rows[len(train) :]
                result = score(task, matrix[:, :-1], matrix[:, -1], *parts, seed)
                print(f"{name},{seed},{result:.6f}", file=output, flush=True)


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    if sys.argv[1] == "--matrices":
        return score_matrices(pathlib.Path(sys.argv[2]))
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    results = []
    for table in tables.TABLES:
        name, file, task, position, left_out, reading = table
        names, columns, target = tables.read(folder, table)
        values = tables.targets(task, target)
        scores = []
        for seed in range(SEEDS):
            train, test = tables.split(len(values), seed)
            inputs = tables.prepare(columns, train)
            scores.append(round(float(score(task, inputs, values, train, test, seed)), 6))
        header = reading.get("header", True)
        results.append(
            {
                "name": name,
                "file": file,
                "task": task,
                "skip_lines": reading.get("skip", 0),
                "header": header,
                "delimiter": reading.get("delimiter", ","),
                "quote": reading.get("quote", '"'),
                "target": position,
                "target_name": names[position] if header else None,
                "left_out": left_out,
                "left_out_names": [names[at] for at in left_out] if header else [],
                "rows": len(values),
                "columns": len(columns),
                "classes": len(set(target)) if task == tables.CLASSES else None,
                "score": "accuracy" if task == tables.CLASSES else "r2",
                "mean": round(float(numpy.mean(scores)), 6),
                "standard_error": round(standard_error(scores), 6),
                "mean_of_10": round(float(numpy.mean(scores[:10])), 6),
                "standard_error_of_10": round(standard_error(scores[:10]), 6),
                "scores": scores,
            }
        )
        print(f"{name:15}{len(values):6} rows  {numpy.mean(scores):.4f} ± {standard_error(scores):.4f}", flush=True)
    text = {"library": f"scikit-learn {sklearn.__version__}", "definition": "benches/tables/tables.py", "seeds": SEEDS}
    lines = ",\n".join("    " + json.dumps(result) for result in results)
    output.write_text(json.dumps(text, indent=2)[:-2] + ',\n  "tables": [\n' + lines + "\n  ]\n}\n")


if __name__ == "__main__":
    main()
