use super::{Attribute, Nesting, Schema};
use crate::value::Type;

fn faults(attribute: Attribute) -> Vec<String> {
    let faults = Schema::new("").attribute("it", attribute).faults();
    faults.into_iter().map(|fault| fault.to_string()).collect()
}

#[test]
fn a_sound_schema_has_no_faults() {
    let nested = Attribute::nested(Nesting::Map, [("x", Attribute::string().required().force_new())]);
    assert!(faults(nested).is_empty());
    assert!(faults(Attribute::string().default("x").force_new()).is_empty());
    assert!(faults(Attribute::of(Type::Dynamic)).is_empty());
}

#[test]
fn faults_are_found_with_their_paths() {
    let in_set = |attribute| Attribute::nested(Nesting::Set, [("x", attribute)]);
    for (attribute, fault) in [
        (Attribute::string().computed().write_only(), "it: a write-only attribute is required or optional"),
        (in_set(Attribute::string().write_only()), "it.x: a set cannot hold write-only attributes"),
        (in_set(Attribute::string().force_new()), "it.x: elements of a set have no identity"),
        (in_set(Attribute::of(Type::Dynamic)), "it.x: elements of a collection have one type"),
        (Attribute::string().default("x").required(), "it: a default needs optional and computed"),
        (Attribute::string().volatile(), "it: only computed attributes are volatile"),
        (Attribute::string().computed().immutable(), "it: only what may be configured"),
        (Attribute::string().force_new().immutable(), "it: either a change replaces"),
    ] {
        let faults = faults(attribute);
        assert!(faults.iter().any(|found| found.starts_with(fault)), "{fault}: {faults:?}");
    }
    let named = |name| !Schema::new("").attribute(name, Attribute::string()).faults().is_empty();
    assert!(named("Upper") && named("9th") && named("with-dash") && named("count") && !named("counted"));
}
