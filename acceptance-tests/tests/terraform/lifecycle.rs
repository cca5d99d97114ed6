//! The life of every resource type: every optional attribute null, set, changed, removed, empty and unknown, in one
//! configuration of many instances, through create, update, import, deletion outside and destroy.

use acceptance_tests::{
    subject::{Slot, Subject, expression, hcl},
    world::{On, World},
};
use serde_json::Value as Json;
use std::{collections::BTreeSet, fmt::Write};
use testkit::terraform::Workspace;

/// How many configurations follow each other.
const STAGES: usize = 4;

/// What a slot holds at a stage.
#[derive(Clone, Copy)]
enum Holds {
    /// The attribute is left out.
    Nothing,
    /// One of the two values.
    Value(usize),
    /// The same, known only after apply.
    Unknown(usize),
    /// An empty collection.
    Empty,
}

use Holds::{Empty, Nothing, Unknown, Value};

/// How a slot's value moves, stage by stage. The last is never unknown: it is what an import finds.
const OPTIONAL: [[Holds; STAGES]; 3] = [
    [Nothing, Value(0), Value(1), Nothing],
    [Value(0), Nothing, Value(0), Value(1)],
    [Unknown(0), Unknown(1), Value(0), Nothing],
];
const REQUIRED: [[Holds; STAGES]; 2] =
    [[Value(0), Value(1), Value(0), Value(1)], [Unknown(0), Unknown(1), Value(0), Value(1)]];
const COLLECTION: [[Holds; STAGES]; 2] =
    [[Empty, Value(0), Empty, Nothing], [Nothing, Empty, Value(1), Empty]];

/// One instance of the type in the configuration.
struct Instance {
    label: String,
    code: String,
    slot: Slot,
    course: [Holds; STAGES],
}

/// A resource type's scenario.
struct Scenario {
    subject: Subject,
    prefix: String,
    instances: Vec<Instance>,
}

impl Scenario {
    fn new(noun: &str, prefix: &str) -> Self {
        let subject = Subject::of(noun);
        let mut instances = Vec::new();
        // How long operations may take is the configuration's alone, so that an import does not know it.
        let changing = |slot: &Slot| !slot.fixed && slot.name != "timeouts";
        for slot in subject.slots().into_iter().filter(changing) {
            for course in courses(&slot) {
                let slot = slot.clone();
                let number = instances.len();
                let label = format!("i{number}_{}", slot.name.replace('.', "_"));
                instances.push(Instance { label, code: format!("{prefix}-{number}"), slot, course });
            }
        }
        Self { subject, prefix: prefix.to_owned(), instances }
    }

    /// The configuration of a stage.
    fn configuration(&self, stage: usize) -> String {
        let mut text = hcl(&self.subject.surroundings(&self.prefix));
        let mut late = String::new();
        for instance in &self.instances {
            let value = match instance.course[stage] {
                Nothing => None,
                Value(index) => Some(instance.slot.values[index].clone()),
                Empty => instance.slot.empty.clone(),
                Unknown(index) => {
                    let value = expression(&instance.slot.values[index]);
                    let _ = writeln!(late, "    {} = {value}", instance.label);
                    Some(Json::from(format!("=terraform_data.late.output.{}", instance.label)))
                }
            };
            let value = instance.slot.place(value).map(|value| (instance.slot.attribute().to_owned(), value));
            text.push_str(&self.subject.block(&instance.label, &instance.code, value.into_iter().collect()));
        }
        if !late.is_empty() {
            let _ = write!(text, "resource \"terraform_data\" \"late\" {{\n  input = {{\n{late}  }}\n}}\n");
        }
        text
    }

    /// The addresses of the instances.
    fn addresses(&self) -> BTreeSet<String> {
        let type_name = self.subject.type_name();
        self.instances.iter().map(|instance| format!("{type_name}.{}", instance.label)).collect()
    }
}

fn courses(slot: &Slot) -> Vec<[Holds; STAGES]> {
    let mut courses = if slot.optional { OPTIONAL.to_vec() } else { REQUIRED.to_vec() };
    if slot.empty.is_some() {
        courses.extend(COLLECTION);
    }
    courses
}

/// Every stage, each followed by a plan that finds nothing to do.
fn stages(world: &World, scenario: &Scenario) -> Workspace {
    let workspace = world.workspace("");
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

/// A fresh state that imports everything by key finds nothing to change, whether the configuration is written by hand
/// or generated.
fn import(world: &World, scenario: &Scenario, from: &Workspace) {
    let values = from.values();
    let infos = schemas::registry::resources();
    let mut blocks = String::new();
    for (address, values) in &values {
        let info = infos.iter().find(|info| address.starts_with(&format!("esu_{}.", info.noun))).unwrap();
        let id = Subject::import_id(info, values);
        let _ = write!(blocks, "import {{\n  to = {address}\n  id = \"{id}\"\n}}\n");
    }
    let count = i64::try_from(values.len()).unwrap();
    let by_hand = world.workspace(&format!("{}{blocks}", scenario.configuration(STAGES - 1)));
    let applied = by_hand.apply(&[]).expect(0);
    assert_eq!(applied.counts(), [count, 0, 0, 0], "{}", applied.brief());
    by_hand.configure(&scenario.configuration(STAGES - 1)).unwrap();
    by_hand.expect_empty_plan();

    let generated = world.workspace(&blocks);
    let planned = generated.plan(&["-generate-config-out=generated.tf"]).expect(2);
    assert_eq!(planned.counts(), [count, 0, 0, 0], "{:?}", planned.planned());
    let _ = generated.validate().expect(0);
    let _ = generated.apply(&[]).expect(0);
    generated.expect_empty_plan();

    // The command, with the key and with the id.
    let (address, first) = values.iter().find(|(address, _)| scenario.addresses().contains(address)).unwrap();
    for id in [Subject::import_id(&scenario.subject.info, first), first["id"].as_str().unwrap().to_owned()] {
        let _ = by_hand.run(&["state", "rm", address]).expect(0);
        let _ = by_hand.import(address, &id).expect(0);
        by_hand.expect_empty_plan();
    }
}

/// What was deleted outside is planned anew, and nothing else is.
fn deleted_outside(world: &World, scenario: &Scenario, workspace: &Workspace) {
    let noun = scenario.subject.info.noun;
    let codes: BTreeSet<&str> = scenario.instances.iter().map(|instance| instance.code.as_str()).collect();
    for object in world.admin().all(noun, &scenario.prefix) {
        if codes.contains(object["code"].as_str().unwrap()) {
            world.admin().delete(&format!("/v1/{noun}/{}", object["id"].as_str().unwrap()));
        }
    }
    let planned = workspace.plan(&[]).expect(2).planned();
    assert!(planned.iter().all(|(_, action)| action == "create"), "{planned:?}");
    let addresses: BTreeSet<String> = planned.into_iter().map(|(address, _)| address).collect();
    assert_eq!(addresses, scenario.addresses());
    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
}

fn destroyed(world: &World, scenario: &Scenario, workspace: &Workspace) {
    let _ = workspace.destroy(&[]).expect(0);
    assert_eq!(workspace.values(), []);
    for info in schemas::registry::resources() {
        let left = world.admin().all(info.noun, &format!("{}-", scenario.prefix));
        assert!(left.is_empty(), "{left:?}");
    }
}

fn live(noun: &str, on: On) {
    let world = World::shared(on);
    let scenario = Scenario::new(noun, &format!("life-{}", noun.replace('_', "-")));
    let workspace = stages(&world, &scenario);
    if on == On::Sqlite {
        import(&world, &scenario, &workspace);
    }
    deleted_outside(&world, &scenario, &workspace);
    destroyed(&world, &scenario, &workspace);
}

macro_rules! lives {
    ($($noun:ident),*) => {
        /// The types that have a scenario.
        const NOUNS: &[&str] = &[$(stringify!($noun)),*];

        mod sqlite {
            $(#[test] fn $noun() { super::live(stringify!($noun), super::On::Sqlite); })*
        }

        mod postgres {
            $(#[test] fn $noun() { super::live(stringify!($noun), super::On::Postgres); })*
        }
    };
}

lives!(hypervisor, partner, tariff_plan, client);

#[test]
fn every_type_has_a_scenario() {
    let known: Vec<&str> = schemas::registry::resources().iter().map(|info| info.noun).collect();
    assert_eq!(known, NOUNS);
}
