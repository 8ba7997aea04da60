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
        let file = Self {
            path: std::env::temp_dir().join(name),
            is_kept: false,
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(OWNER_ONLY);
        let mut open = options.open(&file.path)?;
        open.write_all(text.as_bytes())?;
        Ok(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn read(&self) -> io::Result<String> {
        fs::read_to_string(&self.path)
    }

    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        fs::write(&self.path, text)?;
        self.close_to_others()
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
