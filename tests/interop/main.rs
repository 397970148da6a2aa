//! Writes files of other libraries, for `tests/interop/verify_pytorch.py`, which opens them there.
//!
//!     cargo run --release -p feedforward-tests --all-features --bin interop -- pytorch write FOLDER

#[cfg(feature = "pytorch")]
mod pytorch;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        #[cfg(feature = "pytorch")]
        ["pytorch", "write", folder] => pytorch::write(folder.as_ref()),
        _ => panic!("expected a format (pytorch), an action (write) and a folder, found {arguments:?}"),
    }
}
