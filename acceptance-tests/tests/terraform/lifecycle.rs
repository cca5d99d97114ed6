//! The life of every resource type under the real Terraform: created, changed in every attribute, imported, changed and
//! deleted by others, destroyed. Every single attribute by itself is the matter of `tests/protocol/`.

use crate::combination::Combination;
use acceptance_tests::{
    subject::{Object, Slot, Subject, expression, hcl, resolved},
    world::World,
};
use schemas::registry::endpoints;
use serde_json::{Value as Json, json};
use std::{collections::BTreeSet, fmt::Write};
use testkit::terraform::{Run, Said, Version, Workspace};

/// How many configurations follow each other.
const STAGES: usize = 4;

/// What the attributes of an object hold at a stage.
#[derive(Clone, Copy)]
enum Holds {
    /// What must be set is set, the rest is left out.
    Little,
    /// Each has one of its two values.
    Value(usize),
    /// The same, known only after apply.
    Late(usize),
    /// Each is empty that can be.
    Empty,
}

use Holds::{Empty, Late, Little, Value};

/// The objects of a scenario, and how they go. The last stage knows everything: it is what an import finds.
const OBJECTS: [(&str, [Holds; STAGES]); 3] = [
    ("bare", [Little, Value(0), Value(1), Little]),
    ("whole", [Value(0), Value(1), Little, Empty]),
    ("late", [Late(0), Late(1), Value(0), Value(1)]),
];

/// A resource type's scenario.
struct Scenario {
    subject: Subject,
    prefix: String,
    combination: Combination,
}

impl Scenario {
    fn new(noun: &str) -> Self {
        let number = Subject::all().iter().position(|subject| subject.info.noun == noun).unwrap();
        let prefix = format!("life-{}", noun.replace('_', "-"));
        Self { subject: Subject::of(noun), prefix, combination: Combination::number(number) }
    }

    fn code(&self, label: &str) -> String {
        format!("{}-{label}", self.prefix)
    }

    /// The attributes that change in the course of things. How long operations may take is the configuration's alone, so
    /// that an import does not know it.
    fn slots(&self) -> impl Iterator<Item = Slot> {
        let slots = self.subject.slots().into_iter();
        slots.filter(|slot| !slot.fixed && !slot.name.contains('.') && slot.name != "timeouts")
    }

    /// The objects of a stage, with the values that are known late.
    fn objects(&self, stage: usize) -> (Vec<Object>, String) {
        let mut late = String::new();
        let mut objects = self.subject.surroundings(&self.prefix);
        for (label, course) in OBJECTS {
            let code = self.code(label);
            let own = self.slots().filter_map(|slot| {
                let value = match course[stage] {
                    Little => return None,
                    Value(index) => slot.values[index].clone(),
                    Empty => slot.empty.clone()?,
                    Late(index) => {
                        let value = self.subject.localized(label, &code, slot.values[index].clone());
                        let _ = writeln!(late, "    {label}_{} = {}", slot.name, expression(&value));
                        json!(format!("=terraform_data.late.output.{label}_{}", slot.name))
                    }
                };
                Some((slot.name, value))
            });
            objects.extend(self.subject.objects(label, &code, own.collect()));
        }
        (objects, late)
    }

    fn configuration(&self, stage: usize) -> String {
        let (objects, late) = self.objects(stage);
        let late = if late.is_empty() {
            late
        } else {
            format!("resource \"terraform_data\" \"late\" {{\n  input = {{\n{late}  }}\n}}\n")
        };
        format!("{}{}{late}", self.combination.provider(), hcl(&objects))
    }

    /// The address of an object of the type.
    fn address(&self, label: &str) -> String {
        format!("{}.{label}", self.subject.type_name())
    }

    fn workspace(&self, world: &World, configuration: &str) -> Workspace {
        let workspace = self.combination.workspace(world, "");
        workspace.configure(configuration).unwrap();
        workspace
    }

    /// Where the API has the object of an address.
    fn path(&self, values: &[(String, Json)], label: &str) -> String {
        let (_, values) = values.iter().find(|(address, _)| *address == self.address(label)).unwrap();
        self.subject.info.read.path.replace("{id}", values["id"].as_str().unwrap())
    }
}

/// Every stage, each followed by a plan that finds nothing to do.
fn stages(world: &World, scenario: &Scenario) -> Workspace {
    let workspace = scenario.workspace(world, "");
    for stage in 0..STAGES {
        workspace.configure(&scenario.configuration(stage)).unwrap();
        let applied = workspace.apply(&[]).expect(0);
        if stage > 0 {
            let [imported, added, changed, removed] = applied.counts();
            // The one that is removed holds what was known late.
            assert_eq!((imported, added, removed), (0, 0, i64::from(stage == 2)), "{}", applied.brief());
            assert!(changed > 0, "{}", applied.brief());
        }
        workspace.expect_empty_plan();
    }
    workspace
}

/// An import block for everything in the state, by key or by identity.
pub(crate) fn blocks(values: &[(String, Json)], version: Version) -> String {
    let infos = schemas::registry::resources();
    let mut blocks = String::new();
    for (address, values) in values {
        let info = infos.iter().find(|info| address.starts_with(&format!("esu_{}.", info.noun))).unwrap();
        let by = match version {
            Version::V1_11 => format!("id = {}", json!(Subject::import_id(info, values))),
            Version::V1_15 => format!("identity = {{ id = {} }}", values["id"]),
        };
        let _ = write!(blocks, "import {{\n  to = {address}\n  {by}\n}}\n");
    }
    blocks
}

/// A fresh state that imports everything finds nothing to change, whether the configuration is written by hand or
/// generated.
fn import(world: &World, scenario: &Scenario, from: &Workspace) {
    let values = from.values();
    let count = i64::try_from(values.len()).unwrap();
    let blocks = blocks(&values, scenario.combination.version);
    let written = scenario.configuration(STAGES - 1);
    let by_hand = scenario.workspace(world, &format!("{written}{blocks}"));
    let applied = by_hand.apply(&[]).expect(0);
    assert_eq!(applied.counts(), [count, 0, 0, 0], "{}", applied.brief());
    by_hand.configure(&written).unwrap();
    by_hand.expect_empty_plan();

    let generated = scenario.workspace(world, &format!("{}{blocks}", scenario.combination.provider()));
    let planned = generated.plan(&["-generate-config-out=generated.tf"]).expect(2);
    assert_eq!(planned.counts(), [count, 0, 0, 0], "{:?}", planned.planned());
    let _ = generated.validate().expect(0);
    let _ = generated.apply(&[]).expect(0);
    generated.expect_empty_plan();

    // The command, with the key and with the id.
    let address = scenario.address("late");
    let (_, it) = values.iter().find(|(found, _)| *found == address).unwrap();
    let ids = [Subject::import_id(&scenario.subject.info, it), it["id"].as_str().unwrap().to_owned()];
    for id in BTreeSet::from(ids) {
        let _ = by_hand.run(&["state", "rm", &address]).expect(0);
        let _ = by_hand.import(&address, &id).expect(0);
        by_hand.expect_empty_plan();
    }
}

/// What was changed by others is shown with who it was, and set back.
fn changed_outside(world: &World, scenario: &Scenario, workspace: &Workspace) {
    let (fields, attribute) = scenario.subject.outside("whole", &scenario.code("whole"));
    let fields = resolved(&fields, &scenario.objects(STAGES - 1).0);
    let path = scenario.path(&workspace.values(), "whole");
    let modify = format!("{}.modify", scenario.subject.info.noun);
    let _ = match endpoints().iter().any(|endpoint| endpoint.id == modify) {
        true => world.admin().patch(&path, &fields),
        false => world.admin().put(&path, &fields),
    };
    let planned = workspace.plan(&[]).expect(2);
    let address = scenario.address("whole");
    assert_eq!(planned.planned(), [(address.clone(), "update".to_owned())]);
    assert_eq!(planned.drift(), [(address, "update".to_owned())]);
    warned(&planned, attribute);
    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
}

/// What was deleted by others is planned anew, and nothing else is.
fn deleted_outside(world: &World, scenario: &Scenario, workspace: &Workspace) {
    let values = workspace.values();
    for (label, _) in OBJECTS {
        world.admin().delete(&scenario.path(&values, label));
    }
    let planned = workspace.plan(&[]).expect(2);
    let wanted: BTreeSet<_> =
        OBJECTS.iter().map(|(label, _)| (scenario.address(label), "create".to_owned())).collect();
    assert_eq!(planned.planned().into_iter().collect::<BTreeSet<_>>(), wanted);
    warned(&planned, "");
    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
}

/// A warning says who did it and with what, at the attribute that is concerned.
fn warned(planned: &Run, attribute: &str) {
    let warnings: Vec<_> = planned.said().into_iter().filter(|said| said.severity == "warning").collect();
    let tells = |said: &&Said| {
        let words = ["admin", "testkit", attribute];
        said.summary.contains("outside of Terraform") && words.iter().all(|word| said.detail.contains(word))
    };
    assert!(warnings.iter().any(|said| tells(&said)), "nobody says who it was: {warnings:?}");
}

fn destroyed(world: &World, scenario: &Scenario, workspace: &Workspace) {
    let _ = workspace.destroy(&[]).expect(0);
    assert_eq!(workspace.values(), []);
    world.expect_nothing(&format!("{}-", scenario.prefix));
}

fn live(noun: &str) {
    let scenario = Scenario::new(noun);
    let world = World::shared(scenario.combination.on);
    let workspace = stages(&world, &scenario);
    import(&world, &scenario, &workspace);
    changed_outside(&world, &scenario, &workspace);
    deleted_outside(&world, &scenario, &workspace);
    destroyed(&world, &scenario, &workspace);
}

macro_rules! lives {
    ($($noun:ident),* $(,)?) => {
        /// The types that have a scenario.
        const NOUNS: &[&str] = &[$(stringify!($noun)),*];

        $(#[test] fn $noun() { live(stringify!($noun)); })*
    };
}

lives!(
    access,
    client,
    client_defaults,
    client_limits,
    default_limits,
    domain,
    hypervisor,
    note,
    partner,
    project,
    promotion,
    public_key,
    tariff_plan,
    user,
);

#[test]
fn every_type_has_a_scenario() {
    let known: BTreeSet<&str> = schemas::registry::resources().iter().map(|info| info.noun).collect();
    assert_eq!(known, NOUNS.iter().copied().collect(), "name it in lives! of lifecycle.rs");
}
