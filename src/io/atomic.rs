//! Writing a file so that it is always whole: the old one or the new one.

use crate::Result;
use crate::data::in_file;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Characters that a temporary file has between its prefix and its suffix.
const RANDOM: usize = 6;
const SUFFIX: &str = ".tmp";

/// Writes a file as [`write_atomically`] does; the error names it.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomically(path, bytes).map_err(in_file(path))
}

/// Replaces a file, or makes it: at every moment the path holds the old content or the new one, whole, also after a
/// crash or a loss of power.
///
/// The bytes go to a temporary file beside it, which takes its place when it is on the disk. What a dead process left
/// of such a file is removed. A device or a pipe is written to directly.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link: the file that it points to is replaced.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file to write, found a folder"));
        }
        Ok(found) if !found.is_file() => return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes),
        _ => {}
    }
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "expected the path of a file, found one without a name",
        ));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let prefix = format!(".{}.", name.to_string_lossy());
    remove_litter(folder, &prefix)?;
    let mut file = temporary_file(folder, &prefix)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes a temporary file that is locked as long as this process lives.
fn temporary_file(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix(SUFFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask of the process applies, as to every other file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    loop {
        let file = builder.tempfile_in(folder)?;
        // Where files cannot be locked nobody takes them for litter either.
        let lost = matches!(file.as_file().try_lock(), Err(fs::TryLockError::WouldBlock));
        // Another process may have taken it for litter just before it was locked.
        if !lost && file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes the temporary files that nobody holds a lock on: their processes are dead.
fn remove_litter(folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let random = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(SUFFIX));
        if random
            .is_none_or(|random| random.len() != RANDOM || !random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            continue;
        }
        // Removed under its lock, so that its maker sees that it is gone.
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            fs::remove_file(entry.path()).ok();
        }
    }
    Ok(())
}

/// Waits until the entry of a new file in its folder is on the disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
