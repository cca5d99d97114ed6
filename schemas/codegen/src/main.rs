//! Writes the generated files, or with `--check` names those that are not as they would be written.

use codegen::{Difference, GenerateError};
use std::{path::Path, process::ExitCode};

const USAGE: &str = "usage: cargo run -p codegen [-- --check]";

fn main() -> ExitCode {
    let root = codegen::workspace();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] => codegen::write(&root).map(|written| tell(&written, "written")),
        ["--check"] => check(&root),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("codegen: {error}");
        ExitCode::FAILURE
    })
}

fn tell(written: &[Difference], verb: &str) -> ExitCode {
    for difference in written {
        println!("{difference}: {verb}");
    }
    ExitCode::SUCCESS
}

fn check(root: &Path) -> Result<ExitCode, GenerateError> {
    let differences = codegen::check(root)?;
    if differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for difference in differences {
        eprintln!("{difference}");
    }
    eprintln!("run: cargo run -p codegen");
    Ok(ExitCode::FAILURE)
}
