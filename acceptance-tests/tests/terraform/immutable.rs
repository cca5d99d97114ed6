//! What cannot change in an object: a change replaces it, or is refused at plan.

use acceptance_tests::{
    subject::{Subject, hcl},
    world::{On, World},
};
use serde_json::json;

/// A change of each fixed attribute of each type, planned one by one on one object of each.
#[test]
fn fixed_attributes_replace_or_are_refused() {
    let world = World::shared(On::Sqlite);
    for subject in Subject::all() {
        let prefix = format!("fixed-{}", subject.info.noun.replace('_', "-"));
        let code = format!("{prefix}-it");
        let surroundings = hcl(&subject.surroundings(&prefix));
        let workspace = world.workspace(&format!("{surroundings}{}", subject.block("it", &code, vec![])));
        let _ = workspace.apply(&[]).expect(0);
        for slot in subject.slots().into_iter().filter(|slot| slot.fixed && !slot.name.contains('.')) {
            let attribute = subject.attributes.iter().find(|given| given.name == slot.name).unwrap();
            let name = &slot.name;
            let block = subject.block("it", &code, vec![(name.clone(), slot.values[1].clone())]);
            workspace.configure(&format!("{surroundings}{block}")).unwrap();
            let planned = workspace.plan(&[]);
            if attribute.immutable {
                let errors = planned.expect(1).errors();
                assert_eq!(errors.len(), 1, "{errors:?}");
                assert_eq!(errors[0].address, format!("{}.it", subject.type_name()));
                assert!(errors[0].code.starts_with(&format!("{name} =")), "{errors:?}");
            } else {
                let _ = planned.expect(2);
                let kept = workspace.kept_plan();
                let changes = kept["resource_changes"].as_array().unwrap();
                let mut changes =
                    changes.iter().filter(|change| change["change"]["actions"] != json!(["no-op"]));
                let change = changes.next().unwrap();
                assert_eq!(change["change"]["actions"], json!(["delete", "create"]), "{name}");
                // Where one attribute changes what others may be, these are changed with it.
                let paths = change["change"]["replace_paths"].as_array().unwrap();
                assert!(paths.contains(&json!([name])), "{name}: {paths:?}");
                assert_eq!(changes.next(), None);
            }
        }
        workspace.configure(&surroundings).unwrap();
        let _ = workspace.destroy(&[]).expect(0);
    }
}

/// A replacement that is carried out leaves one object, the new one.
#[test]
fn a_replacement_is_carried_out() {
    let world = World::shared(On::Sqlite);
    let partner = |code: &str| {
        format!("resource \"esu_partner\" \"it\" {{\n  code = \"{code}\"\n  name = \"Replaced\"\n}}\n")
    };
    let workspace = world.workspace(&partner("replaced-a"));
    let _ = workspace.apply(&[]).expect(0);
    workspace.configure(&partner("replaced-b")).unwrap();
    assert_eq!(workspace.apply(&[]).expect(0).counts(), [0, 1, 0, 1]);
    workspace.expect_empty_plan();
    let left = world.admin().all("partner", "replaced-");
    assert_eq!(left.iter().map(|partner| &partner["code"]).collect::<Vec<_>>(), ["replaced-b"]);
    let _ = workspace.destroy(&[]).expect(0);
}

/// A protected client is neither replaced, which is known at plan, nor destroyed.
#[test]
fn a_protected_client_stays() {
    let world = World::shared(On::Sqlite);
    let subject = Subject::of("client");
    let surroundings = hcl(&subject.surroundings("protected"));
    let with = |code: &str, protected: bool| {
        let own = vec![("deletion_protection".to_owned(), json!(protected))];
        format!("{surroundings}{}", subject.block("it", code, own))
    };
    let workspace = world.workspace(&with("protected-it", true));
    let _ = workspace.apply(&[]).expect(0);

    workspace.configure(&with("protected-other", true)).unwrap();
    let errors = workspace.plan(&[]).expect(1).errors();
    assert!(errors[0].summary.contains("protected from deletion"), "{errors:?}");
    assert!(errors[0].code.starts_with("code ="), "{errors:?}");

    workspace.configure(&with("protected-it", true)).unwrap();
    let errors = workspace.destroy(&[]).expect(1).errors();
    assert!(errors.iter().any(|error| error.detail.contains("deletion_protection")), "{errors:?}");
    assert_eq!(world.admin().all("client", "protected-").len(), 1);

    workspace.configure(&with("protected-it", false)).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    let _ = workspace.destroy(&[]).expect(0);
    assert!(world.admin().all("client", "protected-").is_empty());
}

/// A partner that is known only after apply is judged then: the same one is no change, another is refused.
#[test]
fn a_partner_known_late_is_judged_at_apply() {
    let world = World::shared(On::Sqlite);
    let subject = Subject::of("client");
    let with = |partner: &str| {
        let late = format!("resource \"terraform_data\" \"late\" {{\n  input = {{ it = {partner} }}\n}}\n");
        let own = vec![("partner".to_owned(), json!("=terraform_data.late.output.it"))];
        format!("{}{late}{}", hcl(&subject.surroundings("late")), subject.block("it", "late-it", own))
    };
    let workspace = world.workspace(&with("esu_partner.home.code"));
    let _ = workspace.apply(&[]).expect(0);
    let before = world.admin().all("client", "late-");
    workspace.configure(&with("esu_partner.home.code, more = 1")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();

    workspace.configure(&with("esu_partner.away.code")).unwrap();
    let errors = workspace.apply(&[]).expect(1).errors();
    assert_eq!((errors.len(), errors[0].address.as_str()), (1, "esu_client.it"), "{errors:?}");
    assert!(errors[0].code.starts_with("partner ="), "{errors:?}");
    assert_eq!(world.admin().all("client", "late-"), before);
    let _ = workspace.destroy(&["-refresh=false"]).expect(0);
}
