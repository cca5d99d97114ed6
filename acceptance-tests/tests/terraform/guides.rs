//! The guides, followed as a reader follows them.
//!
//! A comment before a fenced block says what the reader does with it: `<!-- main.tf -->` keeps it under that name, in
//! the place of what was kept there before, and validates; `<!-- main.tf, applied -->` applies it and expects an empty
//! second plan; `<!-- plan.tftest.hcl, tested -->` runs `terraform test`; `<!-- main.tf, planned -->` expects a plan
//! without errors; `<!-- none.tf, removed -->`, without a block, removes what was kept. `1.15` uses that Terraform from there on. A
//! `terraform` block without a comment is validated by itself.

use crate::examples::{HYPERVISOR, PARTNER, PLAN};
use acceptance_tests::world::{On, World};
use std::{fs, path::Path};
use testkit::terraform::{Version, Workspace};

/// A fenced block of a guide.
struct Block {
    line: usize,
    language: String,
    /// What the comment before it says.
    note: Option<String>,
    text: String,
}

/// The fenced blocks of a page.
fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut note, mut open) = (None, false);
    for (line, number) in page.lines().zip(1..) {
        if let Some(language) = line.strip_prefix("```") {
            if !open {
                let language = language.to_owned();
                found.push(Block { line: number, language, note: note.take(), text: String::new() });
            }
            open = !open;
        } else if open {
            let block = found.last_mut().expect("a block is open");
            block.text.push_str(line);
            block.text.push('\n');
        } else if let Some(comment) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
            note = Some(comment.to_owned());
            if comment.ends_with(", removed") {
                let (note, language, text) = (note.take(), String::new(), String::new());
                found.push(Block { line: number, language, note, text });
            }
        } else if !line.trim().is_empty() {
            note = None;
        }
    }
    assert!(!open, "a block has no end");
    found
}

/// A folder in which a guide is followed.
fn desk(world: &World) -> Workspace {
    let workspace = world.workspace("").with("ESU_PARTNER", "demo");
    workspace.remove("main.tf");
    workspace
}

fn validated(place: &str, workspace: &Workspace) {
    let formatted = workspace.run(&["fmt", "-check", "-diff"]);
    assert_eq!(formatted.code, 0, "{place} is not formatted\n{}{}", formatted.out, formatted.err);
    let checked = workspace.validate();
    assert_eq!(checked.code, 0, "{place}: {}", checked.brief());
}

/// Does with a block what its comment says.
fn done(place: &str, workspace: Workspace, note: &str, text: &str) -> Workspace {
    let mut words = note.split(", ");
    let file = words.next().unwrap_or_default();
    let words: Vec<&str> = words.collect();
    let newer = words.contains(&"1.15");
    let workspace = if newer { workspace.with_version(Version::V1_15) } else { workspace };
    if words.contains(&"removed") {
        workspace.remove(file);
        return workspace;
    }
    if text.contains("required_providers") {
        // Instead of the block that every folder has.
        workspace.remove("head.tf");
    }
    workspace.write(file, text).unwrap();
    workspace.init();
    validated(place, &workspace);
    for word in words {
        match word {
            "applied" => {
                let applied = workspace.apply(&[]);
                assert_eq!(applied.code, 0, "{place}: {}", applied.brief());
                workspace.expect_empty_plan();
            }
            "planned" => {
                let planned = workspace.plan(&[]);
                assert_ne!(planned.code, 1, "{place}: {}", planned.brief());
            }
            "tested" => {
                let tested = workspace.run(&["test", "-no-color"]);
                assert_eq!(tested.code, 0, "{place}: {}{}", tested.out, tested.err);
            }
            "queried" => {
                let found = workspace.run(&["query", "-json"]);
                assert_eq!(found.code, 0, "{place}: {}", found.brief());
            }
            "1.15" => {}
            other => panic!("{place}: what is \"{other}\"?"),
        }
    }
    workspace
}

fn followed(world: &World, name: &str, page: &str) {
    let first = world.workspace(&[HYPERVISOR, PARTNER, PLAN].concat());
    let _ = first.apply(&[]).expect(0);
    let mut workspace = desk(world);
    for block in blocks(page) {
        let place = format!("{name}:{}", block.line);
        match (block.note, block.language.as_str()) {
            (Some(note), _) => workspace = done(&place, workspace, &note, &block.text),
            (None, "terraform" | "hcl") => drop(done(&place, desk(world), "main.tf", &block.text)),
            (None, _) => {}
        }
    }
    let _ = workspace.destroy(&[]).expect(0);
    let _ = first.destroy(&[]).expect(0);
}

#[test]
fn every_guide_can_be_followed() {
    let world = World::new(On::Sqlite, None);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/docs/guides");
    let mut pages: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(!pages.is_empty());
    for page in pages {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        followed(&world, &name, &fs::read_to_string(&page).unwrap());
    }
}

#[test]
fn comments_belong_to_the_block_that_follows() {
    let page =
        "<!-- a.tf, applied -->\n\n```terraform\nx\n```\n\n<!-- lost -->\nText.\n\n```shell\ny\nz\n```\n";
    let found = blocks(page);
    let told: Vec<_> = found
        .iter()
        .map(|block| (block.line, block.language.as_str(), block.note.as_deref(), block.text.as_str()))
        .collect();
    assert_eq!(told, [(3, "terraform", Some("a.tf, applied"), "x\n"), (10, "shell", None, "y\nz\n")]);
}
