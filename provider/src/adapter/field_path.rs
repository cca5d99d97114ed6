//! Where in the configuration a field of the API is.

use schemas::tf::{Attribute, Field, Type};
use tfplugin::Path;

/// The attribute that a dotted path of API names is about; `None` when none is. Inside a set, whose elements have
/// no address, it is the set.
pub(crate) fn attribute_path(attributes: &[Attribute], field: &str) -> Option<Path> {
    below_object(attributes, field, Path::root())
}

fn below_object(attributes: &[Attribute], field: &str, path: Path) -> Option<Path> {
    let (name, rest) = first(field);
    let attribute = attributes.iter().find(|attribute| attribute.api_name == name)?;
    Some(below(&attribute.field, rest, path.attribute(&attribute.name)))
}

fn below(field: &Field, rest: &str, path: Path) -> Path {
    if rest.is_empty() {
        return path;
    }
    match &field.kind {
        Type::Object(attributes) => below_object(attributes, rest, path.clone()).unwrap_or(path),
        // Keys may hold dots themselves; where the elements have no parts, all of the rest is the key.
        Type::Map(element, _) if has_parts(element) => {
            let (key, rest) = first(rest);
            below(element, rest, path.key(key))
        }
        Type::Map(..) => path.key(rest),
        Type::List(element) => {
            let (index, rest) = first(rest);
            match index.parse() {
                Ok(index) => below(element, rest, path.index(index)),
                Err(_) => path,
            }
        }
        Type::Set(_) | Type::String | Type::Number | Type::Bool => path,
    }
}

fn has_parts(field: &Field) -> bool {
    !matches!(field.kind, Type::String | Type::Number | Type::Bool)
}

fn first(field: &str) -> (&str, &str) {
    field.split_once('.').unwrap_or((field, ""))
}

#[cfg(test)]
mod tests {
    use super::attribute_path;
    use schemas::{registry::resources, tf};

    fn shown(noun: &str, field: &str) -> Option<String> {
        let all = resources();
        let resource = all.iter().find(|resource| resource.noun == noun).unwrap();
        attribute_path(&tf::resource_attributes(resource), field).map(|path| path.to_string())
    }

    #[test]
    fn fields_are_found_under_their_terraform_names() {
        for (noun, field, path) in [
            ("client", "internet", Some("internet_mbps")),
            ("client", "tariff_plan", Some("tariff_plan")),
            ("tariff_plan", "services.kvm_cpu.price", Some("services[\"kvm_cpu\"].price")),
            ("tariff_plan", "services.kvm_cpu", Some("services[\"kvm_cpu\"]")),
            ("tariff_plan", "services.kvm_cpu.colour", Some("services[\"kvm_cpu\"]")),
            ("hypervisor", "disk_types./var/lib.d/", Some("disk_types[\"/var/lib.d/\"]")),
            ("hypervisor", "ram_per_vm", Some("ram_gb_per_vm")),
            ("partner", "hypervisors.0", Some("hypervisors")),
            ("partner", "dns_ns.1", Some("dns_ns[1]")),
            ("partner", "colour", None),
        ] {
            assert_eq!(shown(noun, field).as_deref(), path, "{noun} {field}");
        }
    }
}
