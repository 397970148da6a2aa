"""Writes the twenty tables as matrices of numbers for the programs `starts` and `estimators`, a file per split.

    python benches/tables/fetch.py FOLDER
    python benches/tables/matrices.py FOLDER MATRICES [SEEDS]

`tables.py` defines rows, splits and preparation; here the columns of 0 and 1 are standardized too, as the estimators do
it with a matrix. MATRICES holds tables.csv (name, task, classes) and, for each table and seed, NAME-SEED-train.idx and
NAME-SEED-test.idx: the last column is the target, a number as in the file or the index of a class.
"""

import pathlib
import sys

import numpy

import tables


def main():
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    output.mkdir(parents=True, exist_ok=True)
    lines = []
    for table in tables.TABLES:
        name, task = table[0], table[2]
        _, columns, target = tables.read(folder, table)
        values = tables.targets(task, target)
        for seed in range(seeds):
            train, test = tables.split(len(values), seed)
            matrix = numpy.column_stack([tables.prepare(columns, train, scale_categories=True), values])
            for part, rows in [("train", train), ("test", test)]:
                tables.write_idx(output / f"{name}-{seed}-{part}.idx", matrix[rows])
        classes = len(set(target)) if task == tables.CLASSES else 1
        lines.append(f"{name},{task},{classes}\n")
    (output / "tables.csv").write_text("name,task,classes\n" + "".join(lines))


if __name__ == "__main__":
    main()
