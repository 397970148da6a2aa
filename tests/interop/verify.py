"""Opens the crate's files in safetensors, NumPy, PyTorch, onnx and onnxruntime, and prints the worst deviations.

    cargo build --release -p feedforward-tests --all-features --bin interop
    venv/bin/python tests/interop/verify.py target/release/interop

Needs safetensors, NumPy, PyTorch, onnx and onnxruntime. It also runs ONNX's own node cases through the crate's importer.
Ends with an error if a file does not open, an output is too far away, or a node case comes out wrong.
"""

import pathlib
import subprocess
import sys
import tempfile

import verify_models
import verify_onnx
import verify_pytorch

if __name__ == "__main__":
    program = sys.argv[1]
    for name, verify in [("models", verify_models.verify), ("pytorch", verify_pytorch.verify)]:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, name, "write", folder], check=True)
            verify(pathlib.Path(folder))
    sys.exit(0 if verify_onnx.verify(program) else 1)
