//! What `examples/` has for a page.

use super::Kind;
use crate::GenerateError;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of examples.
pub(super) struct Examples(PathBuf);

impl Examples {
    /// Those of a workspace.
    pub(super) fn under(root: &Path) -> Self {
        Self(root.join("examples"))
    }

    /// The section that shows how a thing is used; empty where there is no example.
    pub(super) fn usage(&self, kind: Kind, name: &str) -> Result<String, GenerateError> {
        let (stem, ending) = kind.example_file();
        self.fenced(&format!("{}/{name}", kind.folder()), stem, ending, "Example Usage")
    }

    /// A section with the files of a folder whose names begin and end so.
    pub(super) fn fenced(
        &self,
        folder: &str,
        stem: &str,
        ending: &str,
        title: &str,
    ) -> Result<String, GenerateError> {
        let files = read_all(&self.0.join(folder), stem, ending)?;
        if files.is_empty() {
            return Ok(String::new());
        }
        let blocks: Vec<String> = files.iter().map(|(_, text)| terraform(text)).collect();
        Ok(format!("## {title}\n\n{}", blocks.join("\n")))
    }

    /// The text of one file, if it is there.
    pub(super) fn text(&self, folder: &str, name: &str) -> Result<Option<String>, GenerateError> {
        let found = read_all(&self.0.join(folder), name, name)?;
        Ok(found.into_iter().next().map(|(_, text)| text))
    }
}

/// A block of a configuration.
pub(super) fn terraform(text: &str) -> String {
    format!("```terraform\n{}\n```\n", text.trim_end())
}

/// The files of a folder whose names begin and end so, in the order of their names; none where there is no folder.
pub(super) fn read_all(
    folder: &Path,
    stem: &str,
    ending: &str,
) -> Result<Vec<(String, String)>, GenerateError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| GenerateError::File { path, source }
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(stem) && name.ends_with(ending) {
            let text = fs::read_to_string(entry.path()).map_err(failed(&entry.path()))?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}
