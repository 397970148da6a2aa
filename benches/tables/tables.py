"""The twenty tables: how each file is read, what is predicted, how its rows are split, how its columns are prepared.

Rows: a row whose target is missing is left out; the others are numbered 0, 1, 2, ... in the order of the file.

Split: each row gets the 64-bit number mix(2^32 seed + row) (`mix` below, the finalizer of SplitMix64; all arithmetic
modulo 2^64). The floor(n / 4) rows with the smallest numbers are test rows, the others are training rows. So a split
depends on the number of rows and the seed alone, and an order in the file (by class, by year, four rows a traveller)
does not show in it. To check another implementation: mix(0) is 0xe220a8397b1dcdaf, mix(2^32) is 0x46093cf9861ec2e4; of
12 rows, seed 0 tests rows 2, 4 and 6, seed 1 rows 3, 6 and 11.

Preparation, learned on the training rows: a column whose present entries are all numbers is a number; a missing entry
becomes the median; then mean 0 and deviation 1 (n in the denominator; a constant column becomes 0). Every other column
is a category: one column of 0 and 1 for each category among the training rows; an unknown category and a missing one
are all zeros. Missing are the entries "", "NA", "?", "NaN" and "null", blanks around them not counted. The target of a
regression is standardized on the training rows too, and predictions are brought back before they are scored.
"""

import struct

import numpy
import pandas

CLASSES, NUMBERS = "classification", "regression"
MISSING = {"", "NA", "?", "NaN", "null"}
MASK = 2**64 - 1

# name, file, task, position of the target, positions left out (identifiers, texts, other forms of the target), reading
TABLES = [
    ("iris", "iris.csv", CLASSES, 4, [], {"skip": 1, "header": False}),
    ("wine", "wine_data.csv", CLASSES, 13, [], {"skip": 1, "header": False}),
    ("breast_cancer", "breast_cancer.csv", CLASSES, 30, [], {"skip": 1, "header": False}),
    ("digits", "digits.csv.gz", CLASSES, 64, [], {"header": False}),
    ("penguins", "penguins.csv", CLASSES, 0, [], {}),
    ("OJ", "OJ.csv", CLASSES, 0, [], {}),
    ("anes96", "anes96.csv", CLASSES, 9, [], {"delimiter": "\t", "quote": "'"}),
    ("modechoice", "modechoice.csv", CLASSES, 2, [0], {"delimiter": ";"}),
    ("titanic", "titanic.csv", CLASSES, 4, [0], {}),
    ("biopsy", "biopsy.csv", CLASSES, 11, [0, 1], {}),
    ("Auto", "Auto.data", NUMBERS, 0, [8], {"delimiter": " "}),
    ("Boston", "Boston.csv", NUMBERS, 12, [], {}),
    ("Carseats", "Carseats.csv", NUMBERS, 0, [], {}),
    ("Credit", "Credit.csv", NUMBERS, 11, [0], {}),
    ("Hitters", "Hitters.csv", NUMBERS, 18, [], {}),
    ("Wage", "Wage.csv", NUMBERS, 10, [9], {}),
    ("Bikeshare", "Bikeshare.csv", NUMBERS, 14, [12, 13], {}),
    ("airquality", "airquality.csv", NUMBERS, 1, [0], {}),
    ("mtcars", "mtcars.csv", NUMBERS, 1, [0], {}),
    ("Salaries", "Salaries.csv", NUMBERS, 6, [0], {}),
]


def mix(number):
    number = (number + 1) * 0x9E3779B97F4A7C15 & MASK
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & MASK
    return number ^ number >> 31


def split(rows, seed):
    """Returns the training rows and the test rows, both in the order of the file."""
    order = sorted(range(rows), key=lambda row: mix((seed << 32) + row))
    return sorted(order[rows // 4 :]), sorted(order[: rows // 4])


def read(folder, table):
    """Returns the columns that predict and the target, as text; None is missing. No row is lost but by the target."""
    _, file, _, target, left_out, reading = table
    delimiter = reading.get("delimiter", ",")
    frame = pandas.read_csv(
        folder / file,
        dtype=str,
        keep_default_na=False,
        skiprows=reading.get("skip", 0),
        header=0 if reading.get("header", True) else None,
        sep=r"\s+" if delimiter == " " else delimiter,
        quotechar=reading.get("quote", '"'),
    )
    names = ["" if str(name).startswith("Unnamed: ") else str(name) for name in frame.columns]
    columns = [[None if entry.strip() in MISSING else entry for entry in frame.iloc[:, at]] for at in range(len(names))]
    rows = [row for row, entry in enumerate(columns[target]) if entry is not None]
    kept = {at: [columns[at][row] for row in rows] for at in range(len(names)) if at not in [target, *left_out]}
    return names, kept, [columns[target][row] for row in rows]


def numbers(column):
    """Returns the column as numbers with NaN for missing entries, or None if it holds text."""
    try:
        return numpy.array([numpy.nan if entry is None else float(entry) for entry in column])
    except ValueError:
        return None


def scaled(column, train):
    deviation = column[train].std()
    return (column - column[train].mean()) / deviation if deviation > 0 else numpy.zeros_like(column)


def prepare(columns, train, scale_categories=False):
    """Returns all rows as numbers, as learned on the training rows."""
    prepared = []
    for column in columns.values():
        values = numbers(column)
        if values is not None:
            values[numpy.isnan(values)] = numpy.nanmedian(values[train])
            prepared.append(scaled(values, train))
            continue
        for category in sorted({column[row] for row in train} - {None}):
            values = numpy.array([float(entry == category) for entry in column])
            prepared.append(scaled(values, train) if scale_categories else values)
    return numpy.column_stack(prepared)


def targets(task, target):
    """Returns numbers, or the index of each row's class among the classes of the table in the order of their texts."""
    if task == NUMBERS:
        return numbers(target)
    classes = sorted(set(target))
    return numpy.array([classes.index(entry) for entry in target])


def write_idx(path, matrix):
    """Writes numbers of single precision in the format of MNIST's files."""
    header = struct.pack(">BBBBII", 0, 0, 0x0D, 2, *matrix.shape)
    path.write_bytes(header + matrix.astype(">f4").tobytes())


def read_idx(path):
    content = path.read_bytes()
    return numpy.frombuffer(content, ">f4", offset=12).reshape(struct.unpack(">II", content[4:12])).astype(float)
