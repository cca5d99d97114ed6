//! `esu_hypervisor`: a pool of machines whose usage is collected.

use crate::adapter::Managed;
use schemas::{
    registry::resource_info,
    resource::hypervisor::{Hypervisor, HypervisorType, check_uri},
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
    let interval = config.str("poll_interval").and_then(|text| text.parse::<Span>().ok());
    if interval.is_some_and(|interval| interval.as_s() == 0) {
        diagnostics.error("poll_interval", "Invalid value", "poll_interval must be at least 1s.");
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::check;
    use tfplugin::{Object, Value};

    fn places(kind: impl Into<Value>, uri: &str, interval: &str) -> Vec<String> {
        let config = Object::new().with("type", kind).with("uri", uri).with("poll_interval", interval);
        check(&config).iter().map(|found| found.path.to_string()).collect()
    }

    #[test]
    fn the_address_goes_with_the_type() {
        assert!(places("kvm", "qemu+unix:///system", "30s").is_empty());
        assert!(places("vmware", "https://esx.example.org/sdk", "30s").is_empty());
        assert!(places(Value::UNKNOWN, "anything", "30s").is_empty());
        assert_eq!(places("kvm", "https://esx.example.org/sdk", "30s"), ["uri"]);
        assert_eq!(places("kvm", "qemu+unix:///system", "0s"), ["poll_interval"]);
    }
}
