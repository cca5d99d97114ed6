//! The files of the workspace, read once.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// What holds no sources, at any depth; in a second checkout `.git` is a file.
const LEFT_OUT: [&str; 4] = [".git", "target", ".cache", ".terraform"];

/// A file of the workspace.
pub(crate) struct File {
    /// Its path from the workspace's root, with `/` between the parts.
    pub(crate) path: String,
    /// Its text; empty where it is none.
    pub(crate) text: String,
}

impl File {
    /// Whether its name ends so.
    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|extension| self.path.ends_with(&format!(".{extension}")))
    }

    /// The part of its name before the last dot.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// The workspace's root: of the checkout that is tested, which need not be the one that the test was built in.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let here =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        PathBuf::from(here).parent().unwrap().to_path_buf()
    })
}

/// Every file, in the order of the paths.
pub(crate) fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(read)
}

/// The files in a folder and below it.
pub(crate) fn under(folder: &str) -> impl Iterator<Item = &'static File> + use<> {
    let folder = format!("{folder}/");
    files().iter().filter(move |file| file.path.starts_with(&folder))
}

/// The Rust files.
pub(crate) fn rust() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.has_extension(&["rs"]))
}

/// The text of one file that must be there.
pub(crate) fn text(path: &str) -> &'static str {
    let found = files().iter().find(|file| file.path == path);
    found.map(|file| file.text.as_str()).unwrap_or_else(|| panic!("{path} is missing"))
}

/// Whether there is such a file.
pub(crate) fn exists(path: &str) -> bool {
    files().iter().any(|file| file.path == path)
}

fn read() -> Vec<File> {
    let mut found = Vec::new();
    let mut waiting = vec![root().to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                found.extend(file(&entry.path()));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A file's path and text; none where it went away meanwhile.
fn file(path: &Path) -> Option<File> {
    let bytes = fs::read(path).ok()?;
    let path = path.strip_prefix(root()).unwrap().to_str()?.to_owned();
    Some(File { path, text: String::from_utf8(bytes).unwrap_or_default() })
}
