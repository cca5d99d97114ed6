//! `esu_hypervisor`: a pool of machines whose usage is collected.

use crate::adapter::Managed;
use schemas::{
    registry::resource_info,
    resource::hypervisor::{Hypervisor, HypervisorType, check_pace, check_uri},
    span::Span,
};
use serde_json::Value as Json;
use tfplugin::{Diagnostics, Object};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Hypervisor>()).checked(check)
}

fn check(config: &Object) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let kind =
        config.str("type").and_then(|name| serde_json::from_value::<HypervisorType>(Json::from(name)).ok());
    if let (Some(kind), Some(uri)) = (kind, config.str("uri"))
        && let Err(message) = check_uri(kind, uri)
    {
        diagnostics.error("uri", "Invalid value", message);
    }
    let span =
        |name: &str| config.str(name).and_then(|text| text.parse::<Span>().ok()).unwrap_or(Span::from_s(1));
    if let Err((name, why)) = check_pace(span("poll_interval"), span("inventory_timeout")) {
        diagnostics.error(name, "Invalid value", format!("{why}."));
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::check;
    use tfplugin::{Object, Value};

    fn places(kind: impl Into<Value>, uri: &str, interval: &str) -> Vec<String> {
        let config = Object::new().with("type", kind).with("uri", uri).with("poll_interval", interval);
        places_of(&config)
    }

    fn places_of(config: &Object) -> Vec<String> {
        check(config).iter().map(|found| found.path.to_string()).collect()
    }

    #[test]
    fn the_address_goes_with_the_type() {
        assert!(places("kvm", "qemu+unix:///system", "30s").is_empty());
        assert!(places("vmware", "https://esx.example.org/sdk", "30s").is_empty());
        assert!(places(Value::UNKNOWN, "anything", "30s").is_empty());
        assert_eq!(places("kvm", "https://esx.example.org/sdk", "30s"), ["uri"]);
        assert_eq!(places("kvm", "qemu+unix:///system", "0s"), ["poll_interval"]);
        assert_eq!(places_of(&Object::new().with("inventory_timeout", "25h")), ["inventory_timeout"]);
    }
}
