//! The program that Terraform starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == "--version") {
        println!("{}", provider::PROGRAM.replace('/', " "));
        return ExitCode::SUCCESS;
    }
    tfplugin::run(provider::Esu)
}
