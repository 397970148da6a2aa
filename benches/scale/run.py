"""Times training steps on 1 and on 2 ranks, in turn, and messages between them; prints the tables of README.md."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

FOLDER = pathlib.Path(__file__).parent.resolve()
# As root, and with more ranks than cores, mpirun wants to be asked twice.
ENVIRONMENT = {
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each number of ranks has its turn")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each measurement of a turn")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    build = ["cargo", "build", "--release", "--features", "mpi", "--bin", "ranks"]
    subprocess.run(build, cwd=FOLDER, check=True)

    steps = {}
    for _ in range(arguments.rounds):
        for ranks in arguments.ranks:
            for line in run(ranks, "steps", str(arguments.seconds)):
                steps.setdefault((line["what"], line["kind"], ranks), []).append(line)
    print_steps(steps, arguments.ranks)
    print_messages(run(2, "messages", str(arguments.seconds / 10)))
    for line in run(2, "agreement"):
        print(
            f"\nAfter 100 steps of mnist with {line['rule']} on 2 ranks, the weights of the two reductions differ by at "
            f"most {line['largest']:.1e}, and by {line['relative']:.1e} of their norm."
        )


def run(ranks, *command):
    """Runs the program on this many ranks, each bound to a core; returns the lines of rank 0."""
    program = [FOLDER / "target/release/ranks", *command]
    mpirun = ["mpirun", "-n", str(ranks), "--bind-to", "core"]
    output = subprocess.run(mpirun + program, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in output.stdout.splitlines()]


def print_steps(steps, all_ranks):
    print("\n| network | sum | ranks | step, ms | efficiency | to one rank without a sum |\n| --- | --- | ---: | ---: | ---: | ---: |")
    names = dict.fromkeys(name for name, _, _ in steps)
    # The median of the rounds; in each round the median of the epochs.
    time = lambda key: statistics.median(line["median"] for line in steps[key])
    for name in names:
        plain = time((name, "plain", 1))
        print(f"| {name} | none | 1 | {1e3 * plain:.3f} | | |")
        for kind in ["8 shards", "2 shards", "fast"]:
            for ranks in all_ranks:
                step, alone = time((name, kind, ranks)), time((name, kind, 1))
                print(f"| {name} | {kind} | {ranks} | {1e3 * step:.3f} | {alone / step:.1%} | {plain / step:.1%} |")


def print_messages(lines):
    print("\n| bytes | all-reduce, us | exchange and addition, us | GB/s |\n| ---: | ---: | ---: | ---: |")
    times = {(line["what"], line["bytes"]): 1e6 * line["median"] for line in lines}
    for size in dict.fromkeys(line["bytes"] for line in lines):
        exchange = times["exchange", size]
        print(f"| {size} | {times['all-reduce', size]:.2f} | {exchange:.2f} | {size / exchange / 1e3:.2f} |")


if __name__ == "__main__":
    main()
