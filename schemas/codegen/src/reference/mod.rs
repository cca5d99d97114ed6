//! `provider/docs/`: the provider's reference in the layout of Terraform's registry, written from what the provider
//! shows Terraform and from `examples/`.
//!
//! Nothing here knows a single type: what is special to one is in its schema and its example. The guides are written by
//! hand.

mod attributes;
mod examples;
mod function;
mod import;
mod page;
mod subcategory;
mod types;

use crate::{Files, GenerateError};
use examples::Examples;
use page::Page;
use std::path::Path;
use tfplugin::{Provider, Schema};

/// The folder that is written by hand.
pub(crate) const GUIDES: &str = "guides";

/// What the provider's types begin with.
const PREFIX: &str = "esu_";

/// A kind of thing that has pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Resource,
    DataSource,
    EphemeralResource,
    ListResource,
    Action,
    Function,
}

impl Kind {
    /// The folder of its pages, and of its examples.
    fn folder(self) -> &'static str {
        match self {
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::EphemeralResource => "ephemeral-resources",
            Self::ListResource => "list-resources",
            Self::Action => "actions",
            Self::Function => "functions",
        }
    }

    /// How its examples' files begin and end.
    fn example_file(self) -> (&'static str, &'static str) {
        match self {
            Self::Resource => ("resource", ".tf"),
            Self::DataSource => ("data-source", ".tf"),
            Self::EphemeralResource => ("ephemeral-resource", ".tf"),
            Self::ListResource => ("list-resource", ".tfquery.hcl"),
            Self::Action => ("action", ".tf"),
            Self::Function => ("function", ".tf"),
        }
    }

    /// What titles call it.
    fn title(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::EphemeralResource => "Ephemeral Resource",
            Self::ListResource => "List Resource",
            Self::Action => "Action",
            Self::Function => "Function",
        }
    }

    /// The block that its attributes are in, where that is one of their own.
    fn block(self) -> Option<&'static str> {
        matches!(self, Self::ListResource | Self::Action).then_some("config")
    }

    /// The name of a thing's page.
    fn file(self, name: &str) -> String {
        format!("{}/{}.md", self.folder(), name.strip_prefix(PREFIX).unwrap_or(name))
    }
}

/// The pages of the provider, with the examples under `root`.
pub(crate) fn files(root: &Path) -> Result<Files, GenerateError> {
    let provider = provider::Esu;
    let examples = Examples::under(root);
    let mut files = vec![("index.md".to_owned(), index(&provider, &examples, root)?)];
    let mut add = |kind: Kind, name: &str, schema: &Schema, import: String| {
        let page = typed(kind, name, schema, &examples)?.section(import);
        files.push((kind.file(name), page.text()));
        Ok::<(), GenerateError>(())
    };
    for one in provider.resources() {
        let import = import::section(one.type_name(), one.identity_schema().as_ref(), &examples)?;
        add(Kind::Resource, one.type_name(), &one.schema(), import)?;
    }
    for one in provider.data_sources() {
        add(Kind::DataSource, one.type_name(), &one.schema(), String::new())?;
    }
    for one in provider.ephemeral_resources() {
        add(Kind::EphemeralResource, one.type_name(), &one.schema(), String::new())?;
    }
    for one in provider.list_resources() {
        add(Kind::ListResource, one.type_name(), &one.schema(), String::new())?;
    }
    for one in provider.actions() {
        add(Kind::Action, one.type_name(), &one.schema(), String::new())?;
    }
    for function in provider.functions() {
        let page = function::page(function.name(), &function.signature(), &examples)?;
        files.push((Kind::Function.file(function.name()), page.text()));
    }
    Ok(files)
}

/// The page of a thing that has a schema.
fn typed(kind: Kind, name: &str, schema: &Schema, examples: &Examples) -> Result<Page, GenerateError> {
    let mut page = Page::new(&format!("{name} {} - esu", kind.title()), &schema.description)
        .subcategory(subcategory::of(name))
        .heading(&format!("{name} ({})", kind.title()));
    if let Some(reason) = &schema.deprecation {
        page = page.section(format!("~> **Deprecated:** {reason}"));
    }
    Ok(page
        .section(schema.description.clone())
        .section(examples.usage(kind, name)?)
        .section(attributes::section(schema, kind.block())))
}

/// The provider's own page.
fn index(provider: &dyn Provider, examples: &Examples, root: &Path) -> Result<String, GenerateError> {
    let schema = provider.schema();
    let page = Page::new("esu Provider", &schema.description)
        .heading("esu Provider")
        .section(schema.description.clone())
        .section(examples.fenced("provider", "provider", ".tf", "Example Usage")?)
        .section(attributes::section(&schema, None))
        .section(guides(root)?);
    Ok(page.text())
}

/// The guides, by what their own heads say of them.
fn guides(root: &Path) -> Result<String, GenerateError> {
    let folder = root.join("provider/docs").join(GUIDES);
    let mut lines = Vec::new();
    for (name, text) in examples::read_all(&folder, "", ".md")? {
        let title = page::front_matter(&text, "page_title").unwrap_or_default();
        let description = page::front_matter(&text, "description").unwrap_or_default();
        lines.push(format!("- [{title}]({GUIDES}/{name}): {description}"));
    }
    if lines.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("## Guides\n\n{}", lines.join("\n")))
}

#[cfg(test)]
mod reference_test;
