//! The file that an editor works on: only its owner can read it, and it is deleted unless it is to be kept.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Payloads may be secret.
const OWNER_ONLY: u32 = 0o600;

/// A text in a file of its own.
#[derive(Debug)]
pub(crate) struct TextFile {
    path: PathBuf,
    is_kept: bool,
}

impl TextFile {
    pub(super) fn new(text: &str) -> io::Result<Self> {
        let name = format!("qctl-edit-{}.txt", Uuid::new_v4().simple());
        Self::create(std::env::temp_dir().join(name), text)
    }

    /// A file that is deleted again unless the whole text is in it.
    fn create(path: PathBuf, text: &str) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(OWNER_ONLY);
        let mut open = options.open(&path)?;
        let file = Self {
            path,
            is_kept: false,
        };
        open.write_all(text.as_bytes())?;
        Ok(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn read(&self) -> io::Result<String> {
        fs::read_to_string(&self.path)
    }

    /// Puts another text in place of this one, which stays if that fails, as on a full disk.
    pub(super) fn replace(&self, text: &str) -> io::Result<()> {
        let mut new = Self::create(self.path.with_extension("new"), text)?;
        fs::rename(&new.path, &self.path)?;
        new.is_kept = true;
        Ok(())
    }

    /// Leaves the file where it is.
    pub(super) fn keep(mut self) -> PathBuf {
        self.is_kept = true;
        // If that fails, the file is as the editor has left it.
        if let Err(error) = self.close_to_others() {
            tracing::debug!("cannot set the mode of {:?}: {error}", self.path);
        }
        self.path.clone()
    }

    /// Many editors save a new file in place of the old one.
    fn close_to_others(&self) -> io::Result<()> {
        fs::set_permissions(&self.path, Permissions::from_mode(OWNER_ONLY))
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot delete {:?} ({error})", self.path);
        }
    }
}
