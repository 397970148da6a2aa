"""Times the reading of tables by this crate, pandas and polars, each in a process of its own, taking turns.

    cargo build --release -p feedforward-benches --bin read_tables
    python read_tables.py target/release/read_tables --megabytes 1000 --rounds 3

Prints, for each table and reader, the medians of MB/s of the file by the clock and by the time of the processor, and the
largest peak of the process's memory: in MiB, and as a multiple of the matrix (8 bytes for each entry). pandas, polars and
NumPy are needed; all run on one core.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

READERS = {
    "pandas": "import pandas; t = pandas.read_csv(sys.argv[1])",
    "polars": "import polars; t = polars.read_csv(sys.argv[1])",
}
PROGRAM = """import os, resource, sys, time
{imports}
start, cpu = time.perf_counter(), time.process_time()
{read}
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(*t.shape, seconds, cpu, int(peak) / 1024)
"""


def make(path, kind, megabytes):
    import numpy as np

    rng = np.random.default_rng(16)
    with open(path, "w") as file:
        columns = {"short": 20, "full": 20, "mixed": 10, "narrow": 1}[kind]
        file.write(",".join(f"c{i}" for i in range(columns)) + "\n")
        if kind == "short":
            rows = np.round(rng.normal(size=(5000, columns)) * 100, 3)
            block = "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())
        elif kind == "full":
            rows = rng.normal(size=(5000, columns))
            block = "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())
        elif kind == "narrow":
            block = "".join(f"{x}\n" for x in rng.integers(0, 1000000, 50000).tolist())
        else:
            words = ["Adelie", "Chinstrap", "Gentoo", "New York, NY", "NA"]
            lines = []
            for row in np.round(rng.normal(size=(5000, columns - 2)), 2).tolist():
                a, b = rng.integers(0, 5, 2)
                lines.append(",".join([f'"{words[a]}"', f'"{words[b]}"', *map(repr, row)]) + "\n")
            block = "".join(lines)
        for _ in range(int(megabytes * 1e6 / len(block)) + 1):
            file.write(block)


def run(command):
    environment = os.environ | {"POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    line = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return [float(word) for word in line.split()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default="short,full,mixed,narrow")
    parser.add_argument("--folder", default=tempfile.gettempdir())
    options = parser.parse_args()
    os.sched_setaffinity(0, [sorted(os.sched_getaffinity(0))[0]])
    commands = {"feedforward": lambda path: [options.program, path]}
    for name, code in READERS.items():
        imports, read = code.split("; ")
        program = PROGRAM.format(imports=imports, read=read)
        commands[name] = lambda path, program=program: [sys.executable, "-c", program, path]
    print("| table | reader | rows x columns | MB/s | MB/s of CPU | peak, MiB | peak / matrix |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in options.kinds.split(","):
        path = pathlib.Path(options.folder) / f"feedforward-{kind}.csv"
        make(path, kind, options.megabytes)
        runs = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                runs[name].append(run(command(str(path))))
        for name, results in runs.items():
            rows, columns = results[0][:2]
            bytes = path.stat().st_size
            speed, cpu_speed = (statistics.median(bytes / 1e6 / result[i] for result in results) for i in (2, 3))
            peak = max(result[4] for result in results)
            ratio = peak * 2**20 / (8 * rows * columns)
            print(f"| {kind} | {name} | {rows:.0f} x {columns:.0f} | {speed:.0f} | {cpu_speed:.0f} | {peak:.0f} | {ratio:.2f} |", flush=True)
        path.unlink()


main()
