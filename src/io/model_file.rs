//! The methods that save and load a type: the same for every type that a file can hold.

/// Adds `save` and its kin to a type that is [`Store`](super::Store), or `load` and its kin to one that is
/// [`Restore`](super::Restore); with the type of a registry, those that take one too.
macro_rules! model_file {
    (save impl[$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $type {
            /// Saves it to a file, in the format safetensors.
            ///
            /// The file is replaced at once, when the new one is on the disk: also after a crash it is whole, the old
            /// one or the new one. The same content gives the same bytes.
            ///
            /// # Errors
            /// When a number is NaN or infinite, or the file cannot be written; it is unchanged then.
            pub fn save(&self, path: impl AsRef<std::path::Path>) -> crate::Result<()> {
                crate::io::save(self, path.as_ref())
            }

            /// Returns the bytes of the file that [`save`](Self::save) writes.
            ///
            /// # Errors
            /// When a number is NaN or infinite.
            pub fn to_bytes(&self) -> crate::Result<Vec<u8>> {
                crate::io::to_bytes(self)
            }

            /// Writes the bytes of the file that [`save`](Self::save) writes.
            ///
            /// # Errors
            /// When a number is NaN or infinite, or `to` cannot be written.
            pub fn write_to(&self, mut to: impl std::io::Write) -> crate::Result<()> {
                to.write_all(&self.to_bytes()?).map_err(crate::data::in_file(std::path::Path::new("model")))
            }
        }
    };

    (load impl[$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $type {
            /// Loads it from a file that `save` wrote, in this precision or the other one.
            ///
            /// # Errors
            /// When the file cannot be read, holds something else or is damaged, was written in a newer version of the
            /// format, or holds a number that is NaN, infinite or too large for this precision.
            pub fn load(path: impl AsRef<std::path::Path>) -> crate::Result<Self> {
                crate::io::load(path.as_ref(), &Default::default())
            }

            /// Reads it from the bytes of a file.
            ///
            /// # Errors
            /// As for [`load`](Self::load).
            pub fn from_bytes(bytes: &[u8]) -> crate::Result<Self> {
                crate::io::read_from(&mut &*bytes, Some(bytes.len() as u64), &Default::default())
            }

            /// Reads it from the content of a file, to the end.
            ///
            /// # Errors
            /// As for [`load`](Self::load).
            pub fn read_from(mut from: impl std::io::Read) -> crate::Result<Self> {
                crate::io::read_from(&mut from, None, &Default::default())
            }
        }
    };

    (load impl[$($generics:tt)*] $type:ty, $registry:ty) => {
        $crate::io::model_file!(load impl[$($generics)*] $type);

        impl<$($generics)*> $type {
            /// Loads it from a file, whose layers may be of any kind in the registry.
            ///
            /// # Errors
            /// As for [`load`](Self::load).
            pub fn load_with(path: impl AsRef<std::path::Path>, registry: &$registry) -> crate::Result<Self> {
                crate::io::load(path.as_ref(), registry)
            }

            /// Reads it from the bytes of a file, whose layers may be of any kind in the registry.
            ///
            /// # Errors
            /// As for [`load`](Self::load).
            pub fn from_bytes_with(bytes: &[u8], registry: &$registry) -> crate::Result<Self> {
                crate::io::read_from(&mut &*bytes, Some(bytes.len() as u64), registry)
            }
        }
    };
}

pub(crate) use model_file;
