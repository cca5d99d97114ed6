//! `esu_promotion`: the price of a whole machine of one configuration.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::promotion::Promotion, time::CivilDay};
use tfplugin::{Diagnostics, Object};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Promotion>()).checked(check)
}

fn check(config: &Object) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let day = |name: &str| config.str(name).and_then(|text| text.parse::<CivilDay>().ok());
    if let (Some(starts_on), Some(ends_on)) = (day("starts_on"), day("ends_on"))
        && ends_on < starts_on
    {
        let text = format!(
            "ends_on is {ends_on}, before starts_on, {starts_on}; a promotion lasts one day or longer."
        );
        diagnostics.error("ends_on", "Invalid value", text);
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::check;
    use tfplugin::{Object, Value};

    fn places(starts_on: impl Into<Value>, ends_on: &str) -> Vec<String> {
        let config = Object::new().with("starts_on", starts_on).with("ends_on", ends_on);
        check(&config).iter().map(|found| found.path.to_string()).collect()
    }

    #[test]
    fn a_promotion_lasts_a_day_at_least() {
        assert!(places("2022-06-01", "2022-06-01").is_empty());
        assert!(places(Value::UNKNOWN, "2022-05-31").is_empty());
        assert!(places("soon", "2022-05-31").is_empty(), "another check tells of that");
        assert_eq!(places("2022-06-01", "2022-05-31"), ["ends_on"]);
    }
}
