//! The page of a function.

use super::{Kind, examples::Examples, page::Page, types};
use crate::GenerateError;
use tfplugin::{Parameter, Signature};

/// The page.
pub(super) fn page(name: &str, signature: &Signature, examples: &Examples) -> Result<Page, GenerateError> {
    let mut page = Page::new(&format!("{name} function - esu"), &format!("{}.", signature.summary))
        .heading(&format!("function: {name}"));
    if let Some(reason) = &signature.deprecation {
        page = page.section(format!("~> **Deprecated:** {reason}"));
    }
    let description = if signature.description.is_empty() {
        format!("{}.", signature.summary)
    } else {
        signature.description.clone()
    };
    Ok(page
        .section(description)
        .section(examples.usage(Kind::Function, name)?)
        .section(format!("## Signature\n\n```text\n{}\n```", call(name, signature)))
        .section(arguments(signature))
        .section(format!("## Return Type\n\n`{}`", types::written(&signature.result))))
}

/// How it is called: `name(argument type, ...) result`.
fn call(name: &str, signature: &Signature) -> String {
    let one = |parameter: &Parameter| format!("{} {}", parameter.name, parameter.ty);
    let plain = signature.parameters.iter().map(one);
    let more = signature.variadic.iter().map(|parameter| format!("{}...", one(parameter)));
    let parameters: Vec<String> = plain.chain(more).collect();
    format!("{name}({}) {}", parameters.join(", "), signature.result)
}

fn arguments(signature: &Signature) -> String {
    let all = signature.parameters.iter().chain(&signature.variadic).zip(1..);
    let lines: Vec<String> = all
        .map(|(parameter, position)| {
            let mut traits = vec![types::words(&parameter.ty)];
            traits.extend(parameter.allow_null.then(|| "Nullable".to_owned()));
            let variadic = signature.variadic.is_some() && position > signature.parameters.len();
            traits.extend(variadic.then(|| "Variadic".to_owned()));
            format!("{position}. `{}` ({}) {}", parameter.name, traits.join(", "), parameter.description)
        })
        .collect();
    if lines.is_empty() { String::new() } else { format!("## Arguments\n\n{}", lines.join("\n")) }
}
