//! How much memory is asked for: by steps, by fits and by readers of files.

mod counting;
mod fits;
mod reading;
mod steps;
