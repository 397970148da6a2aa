//! Broken files of Keras: archives and HDF5 files, whose addresses lead to other places.

use super::{Returned, archive_of, damage};
use feedforward::{Float, Identity, Network, Relu};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::io::Read;
use std::path::Path;

/// Returns a file that `../interop/keras.py` has written.
fn interop(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/keras/");
    let packed = std::fs::read(format!("{path}{name}.gz")).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Returns valid files: HDF5 files, or archives.
pub fn seeds(format: &str) -> Vec<Vec<u8>> {
    let names = if format == "h5" {
        ["no_bias.h5", "plain_norms.h5", "keras_2.h5", "no_bias.weights.h5", "no_bias.latest.weights.h5", "norms.h5"]
    } else {
        ["no_bias.keras", "image.keras", "adapted.keras", "preprocessing.keras", "bf16.keras", "norms.keras"]
    };
    names.map(interop).to_vec()
}

/// Reads a model, or the weights of one into a network.
pub fn read<F: Float>(path: &Path, way: usize) -> feedforward::error::Result<Returned> {
    let network = if way.is_multiple_of(2) {
        Network::load_keras(path)?
    } else {
        let builder = Network::<F>::builder(3).dense_without_bias(4, Relu).dense(2, Identity);
        let mut network = builder.build()?;
        let before = network.clone();
        if let Err(error) = network.load_keras_weights(path) {
            assert_eq!(network, before, "an Err that changed something");
            return Err(error);
        }
        network
    };
    let parameters = || network.parameters();
    assert!(parameters().all(|parameter| parameter.values().iter().all(|value| value.is_finite())));
    // A value and a gradient.
    Ok(Returned(parameters().map(|parameter| 2 * parameter.len() * size_of::<F>()).sum()))
}

/// Returns a broken file.
pub fn mutate(format: &str, whole: &[u8], other: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    if format == "h5" {
        let mut bytes = whole.to_vec();
        damage_hdf5(&mut bytes, other, random);
        return bytes;
    }
    let mut bytes = whole.to_vec();
    // Damage to the archive mostly ends in a wrong checksum; the rest reaches the readers behind.
    if random.random_ratio(7, 8) {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole)).unwrap();
        let names = ["config.json", "metadata.json", "model.weights.h5"];
        let mut members = names.map(|name| {
            let mut content = Vec::new();
            archive.by_name(name).unwrap().read_to_end(&mut content).unwrap();
            content
        });
        let target = if random.random_ratio(1, 10) { 1 } else { 2 * random.random_range(0..2) };
        if target == 2 {
            damage_hdf5(&mut members[2], other, random);
        } else {
            damage_text(&mut members[target], random);
        }
        let method = random.random_range(0..2) * 8;
        let members: Vec<_> = names.iter().zip(&members).map(|(&name, content)| (name, &content[..], method)).collect();
        bytes = archive_of(&members);
    }
    if random.random_ratio(1, 6) {
        damage(&mut bytes, other, random);
    }
    bytes
}

/// Changes numbers that are addresses or lengths, so that structures overlap, repeat or end too late; or any byte.
fn damage_hdf5(bytes: &mut Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) {
    if random.random_ratio(1, 4) {
        damage(bytes, other, random);
        return;
    }
    let words: Vec<usize> = (0..bytes.len() / 8).filter(|word| bytes[8 * word..8 * word + 8] != [0; 8]).collect();
    if words.is_empty() {
        return;
    }
    for _ in 0..random.random_range(1..=3) {
        let at = 8 * words[random.random_range(0..words.len())];
        let from = 8 * words[random.random_range(0..words.len())];
        let number = match random.random_range(0..6) {
            0 => u64::from_le_bytes(bytes[from..from + 8].try_into().unwrap()),
            1 => from as u64,
            2 => [0, 1, 24, 0xffff, 1 << 31, u64::from(u32::MAX), 1 << 62, u64::MAX][random.random_range(0..8)],
            3 => bytes.len() as u64 - random.random_range(0..64),
            _ => {
                // One byte of the word: a kind, a version, a flag, a length.
                let index = at + random.random_range(0..8);
                let step = [1, 255, 2, 8, 0x80][random.random_range(0..5)];
                bytes[index] = bytes[index].wrapping_add(step);
                continue;
            }
        };
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
}

/// Changes values, names and structure of a JSON text.
fn damage_text(text: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    const VALUES: [&str; 16] = [
        "null",
        "true",
        "-1",
        "0",
        "1e400",
        "1e-400",
        "4611686018427387904",
        "0.5",
        "[]",
        "{}",
        "[1, 2, 3]",
        "\"\"",
        "\"Dense\"",
        "\"softmax\"",
        "[[[[",
        "{\"class_name\": \"Softmax\", \"config\": {}}",
    ];
    if random.random_ratio(1, 3) {
        damage(text, b"\"class_name\": \"Lambda\"", random);
        return;
    }
    // The value behind a colon.
    let colons: Vec<usize> = (0..text.len()).filter(|&index| text[index] == b':').collect();
    for _ in 0..random.random_range(1..=2) {
        if colons.is_empty() {
            return;
        }
        let start = (colons[random.random_range(0..colons.len())] + 1).min(text.len());
        let length = text[start..].iter().position(|byte| b",}]".contains(byte)).unwrap_or(0);
        let value = VALUES[random.random_range(0..VALUES.len())];
        text.splice(start..start + length, value.bytes());
    }
}
