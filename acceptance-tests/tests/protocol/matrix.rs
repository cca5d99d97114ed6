//! Every attribute of every type of the registry, null, empty, set, set otherwise, removed again, and known only at
//! apply as each of these: created with it, changed to it, and each time the second plan is empty.

use crate::hand::{Hand, run};
use acceptance_tests::{
    subject::{Object, Slot, Subject, resolved},
    world::{On, World},
};
use futures::{StreamExt, stream};
use serde_json::{Value as Json, json};
use std::fmt;
use testkit::plugin::{Managed, PluginError};
use tfplugin::{Path, Value as Wire, value::Step};

/// How many objects live at once.
const AT_ONCE: usize = 8;

/// What an attribute turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// It is left out.
    Nothing,
    /// It is empty and no null.
    Empty,
    /// One of its two values.
    Value(usize),
}

/// One configuration of a course.
#[derive(Clone, Copy)]
struct Stage {
    holds: Holds,
    /// Whether that is known only at apply.
    late: bool,
}

impl fmt::Debug for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let late = if self.late { "late " } else { "" };
        write!(formatter, "{late}{:?}", self.holds)
    }
}

const fn known(holds: Holds) -> Stage {
    Stage { holds, late: false }
}

const fn late(holds: Holds) -> Stage {
    Stage { holds, late: true }
}

use Holds::{Empty, Nothing, Value};

/// From every beginning to another value and away again, and once from everything to everything.
fn courses(slot: &Slot) -> Vec<Vec<Stage>> {
    let [other, last] =
        if slot.optional { [known(Value(1)), known(Nothing)] } else { [known(Value(1)), known(Value(0))] };
    let begins = [known, late].into_iter().flat_map(|make| [Nothing, Empty, Value(0)].map(make));
    let mut courses: Vec<Vec<Stage>> = begins.map(|begin| vec![begin, other, last]).collect();
    courses.push(vec![
        known(Value(0)),
        known(Empty),
        known(Nothing),
        late(Value(1)),
        late(Nothing),
        known(Value(0)),
        late(Empty),
        known(Nothing),
        known(Empty),
        late(Value(0)),
        last,
    ]);
    for course in &mut courses {
        course.retain(|stage| match stage.holds {
            Nothing => slot.optional,
            Empty => slot.empty.is_some(),
            Value(_) => true,
        });
    }
    courses.retain(|course| !course.is_empty());
    courses
}

/// One object, and how one of its attributes goes.
struct Case<'a> {
    subject: &'a Subject,
    shared: &'a [Object],
    slot: Slot,
    course: Vec<Stage>,
    number: usize,
}

impl Case<'_> {
    fn label(&self) -> String {
        format!("c{}", self.number)
    }

    fn code(&self) -> String {
        format!("m-{}-{}", self.subject.info.noun.replace('_', "-"), self.number)
    }

    /// The object at a stage, with what it alone needs before it.
    fn objects(&self, holds: Holds) -> Vec<Object> {
        let value = match holds {
            Nothing => None,
            Empty => self.slot.empty.clone(),
            Value(index) => Some(self.slot.values[index].clone()),
        };
        let placed = self.slot.place(value).map(|value| (self.slot.attribute().to_owned(), value));
        self.subject.objects(&self.label(), &self.code(), placed.into_iter().collect())
    }

    /// The configuration at a stage, once as it is known first, once as it turns out.
    fn configs(&self, hand: &Hand, stage: Stage, among: &[Object]) -> Result<[Wire; 2], PluginError> {
        let turned_out = hand.config(self.objects(stage.holds).last().unwrap(), among)?;
        let mut first = turned_out.clone();
        if !stage.late {
            return Ok([first, turned_out]);
        }
        *first.at_mut(&self.path(among)).expect("the attribute has a place") = Wire::UNKNOWN;
        Ok([first, turned_out])
    }

    fn path(&self, among: &[Object]) -> Path {
        let names = self.slot.path();
        let mut steps = vec![Step::Attribute(names[0].clone())];
        if let [_, key, _] = names.as_slice() {
            let key = resolved(&json!(key), among);
            steps.push(Step::Key(key.as_str().unwrap().to_owned()));
        }
        if names.len() > 1 {
            steps.push(Step::Attribute(names[names.len() - 1].clone()));
        }
        steps.into_iter().collect()
    }

    /// Goes through the course; tells what went wrong.
    async fn go(&self, hand: &Hand) -> Result<(), String> {
        let told = |stage: usize, error: PluginError| {
            format!(
                "esu_{}.{}, stage {stage} of {:?}: {error}",
                self.subject.info.noun, self.slot.name, self.course
            )
        };
        let own = self.objects(Nothing);
        let among = [self.shared, &own].concat();
        let parents = &own[..own.len() - 1];
        let parents = hand.make(parents, &among).await.map_err(|error| told(0, error))?;
        let type_name = self.subject.type_name();
        let managed = Managed::new(&hand.plugin, &type_name);
        let mut kept = None;
        for (stage, wanted) in self.course.iter().enumerate() {
            let one = async {
                let [first, turned_out] = self.configs(hand, *wanted, &among)?;
                managed.reach(kept.as_ref(), &first, &turned_out).await
            };
            kept = Some(one.await.map_err(|error| told(stage, error))?);
        }
        if let Some(kept) = kept {
            managed.destroy(&kept).await.map_err(|error| told(self.course.len(), error))?;
        }
        hand.remove(parents).await.map_err(|error| told(self.course.len(), error))
    }
}

/// The slots whose courses are gone: what may not change is only set once, to the first of its values, since the second
/// may need another object around it; and identity not at all.
fn cases<'a>(subject: &'a Subject, shared: &'a [Object]) -> Vec<Case<'a>> {
    let moving = subject.slots().into_iter().filter(|slot| !slot.fixed || slot.optional);
    let with_courses =
        moving.flat_map(|slot| courses(&slot).into_iter().map(move |course| (slot.clone(), course)));
    with_courses
        .filter(|(slot, course)| !slot.fixed || course[0].holds != Value(1))
        .enumerate()
        .map(|(number, (slot, mut course))| {
            if slot.fixed {
                course.truncate(1);
            }
            Case { subject, shared, slot, course, number }
        })
        .collect()
}

async fn every_case(world: &World, settings: Json) -> (usize, Vec<String>) {
    let hand = Hand::new(world, settings).await;
    let (mut count, mut failed) = (0, Vec::new());
    for subject in Subject::all() {
        let prefix = format!("m-{}", subject.info.noun.replace('_', "-"));
        let shared = subject.surroundings(&prefix);
        let made = hand.make(&shared, &shared).await.unwrap_or_else(|error| panic!("{prefix}: {error}"));
        let cases = cases(&subject, &shared);
        count += cases.len();
        let outcomes = stream::iter(&cases).map(|case| case.go(&hand)).buffer_unordered(AT_ONCE);
        let faults: Vec<String> = outcomes.filter_map(|outcome| async { outcome.err() }).collect().await;
        if faults.is_empty() {
            hand.remove(made).await.unwrap_or_else(|error| panic!("{prefix}: {error}"));
        }
        failed.extend(faults);
    }
    (count, failed)
}

#[test]
fn every_attribute_holds() {
    let world = World::shared(On::Sqlite);
    let (count, mut failed) = run(every_case(&world, json!({})));
    failed.sort();
    assert!(failed.is_empty(), "{} of {count} courses fail:\n{}", failed.len(), failed.join("\n"));
    println!("{count} courses");
}
