//! Whose object it is: a creation that was lost is taken up again, an equal block of a later run is not given the object
//! of another.

use acceptance_tests::{
    subject::{Object, Subject, hcl, resolved},
    world::{On, World},
};
use serde_json::json;
use std::fmt::Write;

fn partner(label: &str, code: &str) -> String {
    format!("resource \"esu_partner\" \"{label}\" {{\n  code = \"{code}\"\n  name = \"Adopted\"\n}}\n")
}

#[test]
fn an_equal_block_of_a_later_run_is_refused_with_the_command_that_imports() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&partner("first", "adopt-later"));
    let _ = workspace.apply(&[]).expect(0);
    workspace
        .configure(&format!("{}{}", partner("first", "adopt-later"), partner("second", "adopt-later")))
        .unwrap();
    let errors = workspace.apply(&[]).expect(1).errors();
    assert_eq!((errors.len(), errors[0].address.as_str()), (1, "esu_partner.second"), "{errors:?}");
    assert!(errors[0].detail.contains("terraform import esu_partner.NAME adopt-later"), "{errors:?}");
    // Another folder has no better right to it.
    let other = world.workspace(&partner("third", "adopt-later"));
    assert_eq!(other.apply(&[]).expect(1).errors()[0].summary, "esu_partner is there already");
    let _ = workspace.run(&["state", "rm", "esu_partner.first"]).expect(0);
    let _ = workspace.import("esu_partner.second", "adopt-later").expect(0);
    workspace.configure(&partner("second", "adopt-later")).unwrap();
    workspace.expect_empty_plan();
    let _ = workspace.destroy(&[]).expect(0);
}

/// Without a refresh the plan alone tells that the first one stands in a state.
#[test]
fn a_plan_without_refresh_settles_creations_too() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&partner("first", "adopt-blind"));
    let _ = workspace.apply(&[]).expect(0);
    let _ = workspace.plan(&["-refresh=false"]).expect(0);
    let both = format!("{}{}", partner("first", "adopt-blind"), partner("second", "adopt-blind"));
    workspace.configure(&both).unwrap();
    let _ = workspace.apply(&["-refresh=false"]).expect(1);
    workspace.configure(&partner("first", "adopt-blind")).unwrap();
    let _ = workspace.destroy(&[]).expect(0);
}

/// The state is lost after the creation, as if everything died before it was written.
#[test]
fn a_creation_that_no_state_knows_is_taken_up_again() {
    let world = World::shared(On::Sqlite);
    let mut configuration = String::new();
    for number in 0..5 {
        let _ = write!(configuration, "{}", partner(&format!("p{number}"), &format!("adopt-lost-{number}")));
    }
    let first = world.workspace(&configuration);
    let _ = first.apply(&[]).expect(0);
    let again = world.workspace(&configuration);
    let _ = again.apply(&[]).expect(0);
    again.expect_empty_plan();
    assert_eq!(world.admin().all("partner", "adopt-lost-").len(), 5);
    assert!(world.admin().events("partner", "adopt-lost-").iter().all(|(action, _)| action == "create"));
    // What somebody changed meanwhile is his.
    let id = world.admin().all("partner", "adopt-lost-")[0]["id"].as_str().unwrap().to_owned();
    world.admin().patch(&format!("/v1/partner/{id}"), &json!({ "name": "Changed" }));
    assert_eq!(world.workspace(&configuration).apply(&[]).expect(1).errors().len(), 5);
    let _ = again.destroy(&[]).expect(0);
}

/// What there is one of for each parent: somebody set it otherwise, so that a creation is refused with the command that
/// imports it, and that command brings it into the state.
#[test]
fn a_second_creation_of_what_there_is_one_of_is_refused_with_the_command_that_imports() {
    let world = World::shared(On::Sqlite);
    for subject in Subject::all().into_iter().filter(Subject::is_singleton) {
        let (noun, type_name) = (subject.info.noun, subject.type_name());
        let prefix = format!("second-{}", noun.replace('_', "-"));
        let slots = subject.slots();
        let of = |name: &str| slots.iter().find(|slot| slot.name == name);
        let slot = of("limits").or_else(|| of("tariff_plan")).unwrap();
        let with = |value: usize| {
            let own = vec![(slot.name.clone(), slot.values[value].clone())];
            let own = subject.objects("it", &format!("{prefix}-it"), own);
            [subject.surroundings(&prefix), own].concat()
        };
        let first = world.workspace(&hcl(&with(0)));
        let _ = first.apply(&[]).expect(0);

        // Another folder, in which the parent is not declared.
        let objects = with(1);
        let last = objects.last().unwrap();
        let alone = Object::new(noun, "other", resolved(&json!(last.values), &objects));
        let other = world.workspace(&alone.hcl());
        let errors = other.apply(&[]).expect(1).errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].summary, format!("{type_name} is set already"));
        let command = errors[0].detail.split_once(&format!("terraform import {type_name}.NAME "));
        let (_, id) = command.unwrap_or_else(|| panic!("{errors:?}"));
        first.expect_empty_plan();

        let _ = other.import(&alone.address(), id).expect(0);
        assert_eq!(other.apply(&[]).expect(0).counts(), [0, 0, 1, 0], "{type_name}");
        other.expect_empty_plan();
        let _ = other.destroy(&[]).expect(0);
        let _ = first.destroy(&[]).expect(0);
        world.expect_nothing(&prefix);
    }
}
