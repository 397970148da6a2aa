//! How much memory is asked for: by steps, by fits and by readers of files.

#[cfg(all(feature = "csv", feature = "gzip", feature = "npy"))]
#[path = "../hostile/attack.rs"]
mod attack;
mod classes;
mod counting;
mod fits;
#[cfg(all(feature = "csv", feature = "mapped"))]
mod mapped;
mod parts;
mod reading;
mod steps;
