"""Runs feedforward and its peers on the same training steps, in turn, and prints a table for each number of threads."""

import argparse
import itertools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tomllib
from importlib import metadata

FOLDER = pathlib.Path(__file__).parent.resolve()
CONFIGURATIONS = {values["name"]: values for values in json.loads((FOLDER / "configurations.json").read_text())}
OURS = "feedforward"
RUST_PEERS = [OURS, "rust-mlp", "burn", "candle"]
# Name, and the distribution that is asked for its version.
PYTHON_PEERS = {"torch": "torch", "jax": "jax", "sklearn": "scikit-learn"}
PEERS = RUST_PEERS + list(PYTHON_PEERS)
MEASURES = {"train": "training step", "row": "one row", "batch": "whole batch"}

# Of the losses; and of what three steps take off the loss, which is small beside it.
LOSS_TOLERANCE, CHANGE_TOLERANCE = 1e-4, 1e-2


def main():
    arguments = command_line()
    binary = build(arguments.native)
    cores = available_cores(arguments.cores)
    if arguments.check:
        sys.exit(check(arguments, binary, cores))
    results = measure(arguments, binary, cores)
    text = report(arguments, results)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n")


def command_line():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="numbers of threads, one table each")
    parser.add_argument("--configurations", nargs="+", choices=CONFIGURATIONS, default=list(CONFIGURATIONS))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument("--rounds", type=int, default=3, help="how often each peer has its turn")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each of the three measurements of a turn")
    parser.add_argument("--cores", type=int, nargs="+", help="the cores to pin to, instead of the first ones")
    parser.add_argument("--native", action="store_true", help="build the Rust peers with -C target-cpu=native")
    parser.add_argument("--check", action="store_true", help="compare the steps of all peers with ours; no timing")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the tables to this file too")
    return parser.parse_args()


def build(native):
    """Builds the Rust peers and returns the path of the binary."""
    target = FOLDER / "target" / ("native" if native else "")
    environment = dict(os.environ)
    if native:
        environment["RUSTFLAGS"] = "-C target-cpu=native"
    command = ["cargo", "build", "--release", "--target-dir", str(target)]
    subprocess.run(command, cwd=FOLDER, env=environment, check=True)
    return target / "release" / "peers"


def available_cores(chosen):
    if chosen:
        return chosen
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count()))


def run(binary, cores, peer, threads, *options):
    """One turn of a peer, pinned to as many cores as it has threads; `None`, with a word to the user, if it fails."""
    if peer in PYTHON_PEERS:
        command = [sys.executable, str(FOLDER / f"{peer}_peer.py"), "--threads", str(threads)]
    else:
        command = [str(binary), "--peer", peer]
    if len(cores) < threads:
        sys.exit(f"{threads} threads need as many cores, and there are {len(cores)}")
    done = subprocess.run(
        command + list(options),
        env=environment(threads),
        preexec_fn=lambda: pin(cores[:threads]),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        print(f"{peer} {' '.join(options)}: {last[0]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def environment(threads):
    result = dict(os.environ)
    for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        result[name] = str(threads)
    # Each peer as it comes, without hints to its BLAS.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        result.pop(name, None)
    return result


def pin(cores):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def check(arguments, binary, cores):
    """Prints a line for each peer and configuration; returns the number of those that differ from ours."""
    failures = 0
    for threads, name in itertools.product(arguments.threads, arguments.configurations):
        options = ("--configuration", name, "--check")
        ours = run(binary, cores, OURS, threads, *options)
        if not ours:
            failures += 1
            continue
        print(f"{name}, threads {threads}: our losses {' '.join(f'{loss:.7f}' for loss in ours['losses'])}")
        for peer in arguments.peers:
            if peer == OURS:
                continue
            if peer == "sklearn" and CONFIGURATIONS[name]["output"] != "identity":
                print(f"  {peer}: not comparable, its outputs are the identity always")
                continue
            result = run(binary, cores, peer, threads, *options)
            # A Python peer may have several forms of its step.
            variants = result.get("variants", [result]) if result else []
            differences = [difference for variant in variants for difference in differing(ours, variant)]
            ok = variants and not differences
            failures += not ok
            print(f"  {peer}: {'OK' if ok else '; '.join(differences) or 'failed'}")
    return failures


def differing(ours, theirs):
    """What is not the same in two checks."""
    result = []
    for step, (our, their) in enumerate(zip(ours["losses"], theirs["losses"], strict=True)):
        if abs(our - their) > LOSS_TOLERANCE * abs(our):
            result.append(f"loss {their:.7f} after {step} steps")
    our, their = (losses[-1] - losses[0] for losses in (ours["losses"], theirs["losses"]))
    if abs(our - their) > CHANGE_TOLERANCE * abs(our):
        result.append(f"the loss changed by {their:.3e}, ours by {our:.3e}")
    row = zip(ours["row"], theirs["row"], strict=True)
    if any(abs(our - their) > LOSS_TOLERANCE * max(1, abs(our)) for our, their in row):
        result.append("one row gives other outputs")
    return result


def measure(arguments, binary, cores):
    """The turns, by (threads, configuration, peer), and under "peak" the rates of multiply-adds."""
    results = {"peak": []}
    rounds = range(arguments.rounds)
    for _, threads, name in itertools.product(rounds, arguments.threads, arguments.configurations):
        # The clock of a processor changes: its peak is asked for all along.
        results["peak"].append((run(binary, cores, "peak", 1) or {}).get("gflops"))
        for peer in arguments.peers:
            options = ("--configuration", name, "--seconds", str(arguments.seconds))
            if turn := run(binary, cores, peer, threads, *options):
                results.setdefault((threads, name, peer), []).append(turn)
    return results


def report(arguments, results):
    peaks = [peak for peak in results["peak"] if peak]
    peak = max(peaks, default=None)
    lines = [f"{processor()}, {platform.system()}; {', '.join(versions(arguments.peers))}.", ""]
    if peak:
        lines += [
            f"FMA peak of one core (AVX2, f32): {peak:.1f} GFLOP/s (median {statistics.median(peaks):.1f}).",
            "",
        ]
    for threads in arguments.threads:
        lines += table(arguments, results, threads, peak) + [""]
    return "\n".join(lines + notes(arguments))


def table(arguments, results, threads, peak):
    others = [peer for peer in arguments.peers if peer != OURS]
    header = ["configuration", "measurement", *arguments.peers, "fastest peer / ours", "share of peak"]
    lines = [f"Threads: {threads}. Microseconds, minimum (median).", "", row(header)]
    lines.append(row(["---", "---"] + ["---:"] * (len(header) - 2)))
    for name in arguments.configurations:
        for key, title in MEASURES.items():
            turns = {peer: results.get((threads, name, peer), []) for peer in arguments.peers}
            minima = {peer: min(turn[key]["minimum"] for turn in turns[peer]) for peer in turns if turns[peer]}
            cells = [cell(turns[peer], key) for peer in arguments.peers]
            ours = minima.get(OURS)
            fastest = min((minima[peer] for peer in others if peer in minima), default=None)
            ratio = f"{fastest / ours:.2f}" if fastest and ours else ""
            share = ""
            if key == "train" and ours and peak:
                share = f"{step_flops(CONFIGURATIONS[name]) / (ours * 1e-6) / (threads * peak * 1e9):.1%}"
            lines.append(row([name, title, *cells, ratio, share]))
    return lines


def row(cells):
    return f"| {' | '.join(cells)} |"


def cell(turns, key):
    if not turns:
        return "-"
    minimum = min(turn[key]["minimum"] for turn in turns)
    return f"{rounded(minimum)} ({rounded(statistics.median(turn[key]['median'] for turn in turns))})"


def rounded(number):
    """Three digits, at least those before the point."""
    for limit, decimals in ((1, 3), (10, 2), (100, 1)):
        if number < limit:
            return f"{number:.{decimals}f}"
    return f"{number:,.0f}"


def step_flops(configuration):
    """Of the useful multiply-adds of a training step, two each: the first layer needs no gradient of its inputs."""
    sizes = configuration["sizes"]
    products = [configuration["batch"] * inputs * outputs for inputs, outputs in zip(sizes, sizes[1:])]
    return 2 * (3 * sum(products) - products[0])


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores"


def versions(peers):
    packages = tomllib.loads((FOLDER / "Cargo.lock").read_text())["package"]
    locked = {package["name"]: package["version"] for package in packages}
    for peer in peers:
        if peer in PYTHON_PEERS:
            try:
                yield f"{peer} {metadata.version(PYTHON_PEERS[peer])}"
            except metadata.PackageNotFoundError:
                yield f"{peer} missing"
        else:
            yield f"{peer} {locked['candle-core' if peer == 'candle' else peer]}"


def notes(arguments):
    processors = "this processor (target-cpu=native)" if arguments.native else "any of the kind (no target-cpu)"
    lines = [
        f"Each peer had {arguments.rounds} turns, in rotation, of {arguments.seconds} s for each measurement: "
        "the minimum of all turns, and the median of their medians.",
        "The ratio is one of minima; the share of the peak is that of our training step, all its time counted.",
        f"Rust peers: release build with link-time optimisation, for {processors}.",
    ]
    if "torch" in arguments.peers:
        lines.append("torch: eager; the faster of its optimizers with foreach=True and fused=True.")
    if "sklearn" in arguments.peers:
        lines.append("sklearn: its outputs are the identity always, so that on xor and nielsen it does a little less.")
    if "candle" in arguments.peers:
        lines.append("candle: its SGD has no momentum, so that the update is written with its tensors.")
    return [f"- {line}" for line in lines]


if __name__ == "__main__":
    main()
