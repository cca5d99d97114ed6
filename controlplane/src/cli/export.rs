//! `controlplane export`.

use super::CommandError;
use crate::{
    app::{App, export::Export},
    http::local,
};
use schemas::registry::{ResourceInfo, resources};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code of the partner.
    #[arg(long)]
    partner: String,
    /// Folder to write to; it is made, and must be empty.
    #[arg(long)]
    out: PathBuf,
}

pub(super) async fn run(app: &App, args: &Args) -> Result<(), CommandError> {
    let all = resources();
    let (own, shared): (Vec<_>, Vec<_>) = all.iter().partition(|resource| Export::is_partners(resource));
    let mut objects = Vec::new();
    for resource in own {
        let parameter = if resource.noun == "partner" { "code" } else { "partner" };
        let views = list(app, resource, &format!("{parameter}={}", args.partner)).await?;
        if resource.noun == "partner" && views.is_empty() {
            return Err(format!("there is no partner \"{}\"", args.partner).into());
        }
        objects.push((resource, views));
    }
    for resource in shared {
        let wanted: BTreeSet<String> = objects
            .iter()
            .flat_map(|(other, views)| views.iter().map(move |view| (other, view)))
            .flat_map(|(other, view)| Export::referred(other, view, resource.noun))
            .collect();
        let mut views = list(app, resource, "").await?;
        views.retain(|view| {
            view.get("code").and_then(Value::as_str).is_some_and(|code| wanted.contains(code))
        });
        objects.push((resource, views));
    }
    let place = |noun: &str| all.iter().position(|resource| resource.noun == noun);
    objects.sort_by_key(|(resource, _)| place(resource.noun));
    let mut export = Export::default();
    objects.iter().for_each(|(resource, views)| export.add(resource, views));
    let count = export.count();
    write(&args.out, export)?;
    println!("wrote {count} object(s) to {}; now: terraform init, plan, apply", args.out.display());
    Ok(())
}

/// Every object of a noun.
async fn list(app: &App, resource: &ResourceInfo, filter: &str) -> Result<Vec<Value>, CommandError> {
    let mut views = Vec::new();
    let mut cursor = String::new();
    loop {
        let query = format!("{}?limit=1000&cursor={cursor}&{filter}", resource.list.path);
        let page = local::read(app, query.trim_end_matches('&')).await?;
        views.extend(page.get("items").and_then(Value::as_array).into_iter().flatten().cloned());
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = next.to_owned(),
            None => return Ok(views),
        }
    }
}

fn write(folder: &Path, export: Export) -> Result<(), CommandError> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    if entries.next().is_some() {
        return Err(format!("{} is not empty; name a folder of its own", folder.display()).into());
    }
    for (name, text) in export.into_files() {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
