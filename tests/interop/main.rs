//! Writes and reads files of other libraries, for `tests/interop/verify.py`, which opens them in those libraries.
//!
//!     cargo run --release -p feedforward-tests --all-features --bin interop -- onnx write FOLDER

mod models;
#[cfg(feature = "onnx")]
#[path = "networks.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod networks;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "pytorch")]
mod pytorch;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["models", "write", folder] => models::write(folder.as_ref()),
        #[cfg(feature = "onnx")]
        ["onnx", "write", folder] => onnx::write(folder.as_ref()),
        #[cfg(feature = "onnx")]
        ["onnx", "read", folder] => onnx::read(folder.as_ref()),
        #[cfg(feature = "pytorch")]
        ["pytorch", "write", folder] => pytorch::write(folder.as_ref()),
        _ => panic!(
            "expected a format (models, onnx, pytorch), an action (write, read) and a folder, found {arguments:?}"
        ),
    }
}
