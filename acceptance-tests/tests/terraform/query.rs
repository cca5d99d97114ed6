//! `terraform query`: what nobody has in a state yet becomes a configuration that changes nothing.

use acceptance_tests::{
    subject::{Subject, hcl},
    world::{On, World},
};
use schemas::registry::resources;
use std::fmt::Write;
use testkit::terraform::Version;

/// How many objects of each type there are to find, beside those that they need around them.
const OBJECTS: usize = 2;

/// A list block for every type, each beside the others.
fn lists() -> String {
    resources().into_iter().fold(String::new(), |mut text, info| {
        let _ = write!(text, "list \"esu_{}\" \"all\" {{\n  provider = esu\n}}\n", info.noun);
        text
    })
}

/// Everything of a portfolio is found, written down, imported as it was written, and planned without a change.
#[test]
fn what_is_found_is_written_down_and_imported() {
    let world = World::new(On::Sqlite, None);
    let mut objects = Vec::new();
    for subject in Subject::all() {
        for object in subject.surroundings("found") {
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
        for number in 0..OBJECTS {
            let values = subject.slots().into_iter();
            let values = values.filter(|slot| {
                let own = ["timeouts", "deletion_protection"].contains(&slot.name.as_str());
                !slot.fixed && !slot.name.contains('.') && !own
            });
            let values = values.map(|slot| (slot.name.clone(), slot.values[number].clone())).collect();
            let code = format!("found-{}-{number}", subject.info.noun.replace('_', "-"));
            objects.extend(subject.objects(&format!("{}_{number}", subject.info.noun), &code, values));
        }
    }
    let first = world.workspace(&hcl(&objects));
    let _ = first.apply(&[]).expect(0);

    let workspace = world.uninstalled().with_version(Version::V1_15);
    workspace.write("all.tfquery.hcl", &lists()).unwrap();
    workspace.init();
    let run = workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).expect(0);
    let messages = run.messages();
    let found = messages.iter().filter(|message| message["type"] == "list_resource_found").count();
    let automatic = world.admin().all("project", "").iter().filter(|it| it["code"] == "default").count();
    assert!(found >= objects.len(), "{found} of {} and {automatic}: {}", objects.len(), run.brief());
    // What is found is the configuration from now on.
    workspace.remove("all.tfquery.hcl");
    let planned = workspace.plan(&[]).expect(2);
    let [imports, added, changed, removed] = planned.counts();
    assert_eq!((added, changed, removed), (0, 0, 0), "{}", planned.brief());
    assert_eq!(usize::try_from(imports).unwrap(), found);
    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
    let _ = first.destroy(&[]).expect(0);
}
