//! Generated configurations of every type at once: whatever is written, the second plan is empty, the next
//! configuration is reached, an import finds everything, and nothing is left in the end.

use crate::{combination::Combination, lifecycle};
use acceptance_tests::{
    subject::{Object, Slot, Subject, expression, hcl},
    world::World,
};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use testkit::terraform::Workspace;

/// How many configurations are made with each combination, each another life of the same objects.
const CONFIGURATIONS: u64 = 3;

/// How many blocks of each type one configuration has.
const BLOCKS: usize = 2;

/// Numbers that look random and are the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap_or_default() % sides
    }

    /// A value of an attribute, or nothing.
    fn value(&mut self, slot: &Slot) -> Option<Json> {
        match self.roll(6) {
            0 | 1 => Some(slot.values[0].clone()),
            2 | 3 => Some(slot.values[1].clone()),
            4 if slot.optional => Some(slot.empty.clone().unwrap_or_default()),
            _ if slot.optional => None,
            _ => Some(slot.values[0].clone()),
        }
    }
}

/// A configuration in the making.
struct Draft {
    prefix: String,
    dice: Dice,
    /// Whether some values are known only after apply.
    late: bool,
    text: String,
}

impl Draft {
    /// Every type, among the objects that they share.
    fn write(mut self) -> String {
        let subjects = Subject::all();
        let mut shared: Vec<Object> = Vec::new();
        for object in subjects.iter().flat_map(|subject| subject.surroundings(&self.prefix)) {
            if !shared.contains(&object) {
                shared.push(object);
            }
        }
        self.text.push_str(&hcl(&shared));
        for subject in &subjects {
            for number in 0..BLOCKS {
                self.block(subject, number);
            }
        }
        self.text
    }

    /// A block, of several objects where their codes can be told apart.
    fn block(&mut self, subject: &Subject, number: usize) {
        let label = format!("{}_{number}", subject.info.noun);
        let code = format!("{}-{}-{number}", self.prefix, subject.info.noun.replace('_', "-"));
        // Nested attributes write their whole map, and protection outlives the scenario.
        let slots = subject
            .slots()
            .into_iter()
            .filter(|slot| !slot.fixed && !slot.name.contains('.') && slot.name != "deletion_protection");
        let mut values = Vec::new();
        // What is unique in one object cannot be the same in several.
        let mut is_shared = true;
        for slot in slots {
            let Some(value) = self.dice.value(&slot) else { continue };
            let value = subject.localized(&label, &code, value);
            is_shared &= !value.to_string().contains(&code);
            let late = self.late && self.dice.roll(8) == 0 && !value.is_null();
            let value = if late { self.known_late(subject, number, &slot.name, &value) } else { value };
            values.push((slot.name, value));
        }
        let mut objects = subject.objects(&label, &code, values);
        if let (Some(handle), 1, true) = (subject.handle(), objects.len(), is_shared && number > 0) {
            let name = subject.name(&format!("{code}-${{each.key}}"));
            let values = &mut objects[0].values;
            values.insert("for_each".to_owned(), json!("=toset([\"a\", \"b\"])"));
            values.insert(handle.to_owned(), json!(format!("=\"{name}\"")));
        }
        self.text.push_str(&hcl(&objects));
    }

    /// A reference to a value that is known only after apply.
    fn known_late(&mut self, subject: &Subject, number: usize, name: &str, value: &Json) -> Json {
        let label = format!("{}_{number}_{name}", subject.info.noun);
        let value = expression(value);
        let _ = write!(self.text, "resource \"terraform_data\" \"{label}\" {{\n  input = {value}\n}}\n");
        json!(format!("=terraform_data.{label}.output"))
    }
}

/// A fresh state finds every object where it is, and nothing to change but how long operations may take.
fn imported(combination: Combination, world: &World, from: &Workspace, configuration: &str) {
    let values = from.values();
    let mut values =
        values.into_iter().filter(|(address, _)| address.starts_with("esu_")).collect::<Vec<_>>();
    values.sort_by(|one, other| one.0.cmp(&other.0));
    let blocks = lifecycle::blocks(&values, combination.version);
    let fresh = combination.workspace(world, &format!("{configuration}{blocks}"));
    let planned = fresh.plan(&[]).expect(2);
    let [imports, added, _, removed] = planned.counts();
    assert_eq!(
        (imports, added, removed),
        (i64::try_from(values.len()).unwrap(), 0, 0),
        "{}",
        planned.brief()
    );
    for change in fresh.kept_plan()["resource_changes"].as_array().unwrap() {
        let [before, after] = ["before", "after"].map(|when| {
            let mut values = change["change"][when].clone();
            values.as_object_mut().map(|values| values.remove("timeouts"));
            values
        });
        assert_eq!(before, after, "{}", change["address"]);
    }
}

/// Several configurations, one after the other, of the same objects.
fn live(number: usize) {
    let combination = Combination::number(number);
    let world = World::shared(combination.on);
    let prefix = format!("made{number}");
    let workspace = combination.workspace(&world, "");
    for seed in 1..=CONFIGURATIONS {
        let dice = Dice::of(seed + CONFIGURATIONS * u64::try_from(number).unwrap());
        let (late, text) = (seed < CONFIGURATIONS, combination.provider());
        let configuration = Draft { prefix: prefix.clone(), dice, late, text }.write();
        workspace.configure(&configuration).unwrap();
        let applied = workspace.apply(&[]);
        assert_eq!(applied.code, 0, "{combination:?}, {seed}: {}\n{configuration}", applied.brief());
        workspace.expect_empty_plan();
        if !late {
            imported(combination, &world, &workspace, &configuration);
        }
    }
    let _ = workspace.destroy(&[]).expect(0);
    world.expect_nothing(&format!("{prefix}-"));
}

#[test]
fn any_configuration_holds_with_each_terraform_database_and_way_of_writing() {
    std::thread::scope(|scope| {
        for number in 0..Combination::COUNT {
            scope.spawn(move || live(number));
        }
    });
}
