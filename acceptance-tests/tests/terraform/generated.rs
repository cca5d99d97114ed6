//! Generated configurations: whatever is written, the second plan is empty, and the next configuration is reached.

use acceptance_tests::{
    subject::{Slot, Subject, expression, hcl},
    world::{On, World},
};
use serde_json::Value as Json;
use std::fmt::Write;

/// How many configurations are made, each another life of the same objects.
const CONFIGURATIONS: u64 = 6;

/// How many objects of each type one configuration has.
const OBJECTS: usize = 5;

/// Numbers that look random and are the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
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

fn configuration(dice: &mut Dice) -> String {
    let subjects = Subject::all();
    let mut text = hcl(&Subject::of("client").surroundings("made"));
    for subject in &subjects {
        for number in 0..OBJECTS {
            let slots = subject.slots();
            // Nested attributes write their whole map, and protection outlives the scenario.
            let plain = slots
                .iter()
                .filter(|slot| !slot.fixed && !slot.name.contains('.') && slot.name != "deletion_protection");
            let lines = plain.filter_map(|slot| {
                let late = dice.roll(8) == 0;
                let value = dice.value(slot)?;
                if !late || value.is_null() {
                    return Some((slot.name.clone(), value));
                }
                let label = format!("{}_{number}_{}", subject.info.noun, slot.name);
                let value = expression(&value);
                let _ = write!(text, "resource \"terraform_data\" \"{label}\" {{\n  input = {value}\n}}\n");
                Some((slot.name.clone(), format!("=terraform_data.{label}.output").into()))
            });
            let lines: Vec<(String, Json)> = lines.collect();
            let code = format!("made-{}-{number}", subject.info.noun.replace('_', "-"));
            text.push_str(&subject.block(&format!("made{number}"), &code, lines));
        }
    }
    text
}

#[test]
fn the_second_plan_of_any_configuration_is_empty() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace("");
    for seed in 1..=CONFIGURATIONS {
        let configuration = configuration(&mut Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        workspace.configure(&configuration).unwrap();
        let applied = workspace.apply(&[]);
        assert_eq!(applied.code, 0, "seed {seed}: {}\n{configuration}", applied.brief());
        workspace.expect_empty_plan();
    }
    let _ = workspace.destroy(&[]).expect(0);
    for info in schemas::registry::resources() {
        assert!(world.admin().all(info.noun, "made-").is_empty());
    }
}
