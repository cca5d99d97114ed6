//! What is generated from the schemas, and whether the committed files are that.
//!
//! Each part owns one folder: whatever is in it that the part does not write is surplus. A new kind of file is one more
//! entry in [`PARTS`].

mod folder;
mod json_schemas;
mod openapi;
mod reference;

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The contents of files, by name.
type Files = Vec<(String, String)>;

/// A folder that is generated, all but what is written by hand.
#[derive(Clone, Copy)]
struct Part {
    /// The folder, from the workspace's root.
    folder: &'static str,
    /// A folder in it that is left alone.
    by_hand: Option<&'static str>,
    /// What is in it, made from the types and from other files under the root.
    files: fn(&Path) -> Result<Files, GenerateError>,
}

/// Everything that is generated.
const PARTS: &[Part] = &[
    Part { folder: "docs/openapi", by_hand: None, files: |_| openapi::files() },
    Part { folder: "docs/schemas", by_hand: None, files: |_| json_schemas::files() },
    Part { folder: "provider/docs", by_hand: Some(reference::GUIDES), files: reference::files },
];

/// Why the files cannot be generated or compared.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A schema that is no JSON.
    #[error("a schema cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A file that is not as it would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file, from the workspace's root.
    pub path: String,
    /// What is wrong with it.
    pub kind: DifferenceKind,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is not there.
    Missing,
    /// It has another content.
    Differs,
    /// It is there, and nothing generates it.
    Surplus,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            DifferenceKind::Missing => "missing",
            DifferenceKind::Differs => "differs",
            DifferenceKind::Surplus => "surplus",
        };
        write!(f, "{} ({what})", self.path)
    }
}

/// The workspace that Cargo runs this program in; run without Cargo, the one that it was built from. The two differ
/// where several checkouts share one folder of builds.
pub fn workspace() -> PathBuf {
    const HERE: &str = "schemas/codegen";
    let running =
        std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).filter(|path| path.ends_with(HERE));
    let here = running.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    here.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// Compares the files under `root` with what would be written.
///
/// # Errors
/// When a file cannot be read.
pub fn check(root: &Path) -> Result<Vec<Difference>, GenerateError> {
    let mut differences = Vec::new();
    for part in PARTS {
        differences.extend(folder::compare(root, part, &(part.files)(root)?)?);
    }
    Ok(differences)
}

/// Makes the files under `root` what they should be. Returns what was wrong before.
///
/// # Errors
/// When a file cannot be read, written or removed.
pub fn write(root: &Path) -> Result<Vec<Difference>, GenerateError> {
    let mut written = Vec::new();
    for part in PARTS {
        let files = (part.files)(root)?;
        let differences = folder::compare(root, part, &files)?;
        folder::mend(root, part.folder, &files, &differences)?;
        written.extend(differences);
    }
    Ok(written)
}

/// JSON as it is committed: indented, with a line's end at its end.
fn pretty(value: &serde_json::Value) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(value).map(|text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_wrong_is_named_and_mended() {
        let root = tempfile::tempdir().unwrap();
        let missing = check(root.path()).unwrap();
        assert!(missing.iter().all(|difference| difference.kind == DifferenceKind::Missing));
        assert_eq!(write(root.path()).unwrap(), missing);
        assert_eq!(check(root.path()).unwrap(), []);

        fs::write(root.path().join("docs/openapi/v1.json"), "{}").unwrap();
        fs::write(root.path().join("docs/schemas/ghost.json"), "{}").unwrap();
        let wrong: Vec<String> = check(root.path()).unwrap().iter().map(Difference::to_string).collect();
        assert_eq!(wrong, ["docs/openapi/v1.json (differs)", "docs/schemas/ghost.json (surplus)"]);
        write(root.path()).unwrap();
        assert_eq!(check(root.path()).unwrap(), []);
    }
}
