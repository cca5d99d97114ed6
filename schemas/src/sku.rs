//! Article codes: eight parts that say what a service is (`spec/nomenclature` 4.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The parts of an article code such as `IS-KVM-VCPU-SL6-CR-P-PC-D`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Sku {
    /// Family: `IS`, infrastructure service.
    pub family: String,
    /// Platform: `KVM`, `ESX`, or `XXX` where the service belongs to none.
    pub platform: String,
    /// Resource, such as `VCPU`, `VRAM` or `VHDD`.
    pub resource: String,
    /// Grade, such as a disk tier (`SAS`, `SAT`, `SSD`) or `XXX`.
    pub grade: String,
    /// Kind of quantity: `CA` capacity, `CR` core, `TU` tunnel, `NW` network, `VR` router, `XX` none.
    pub quantity: String,
    /// Charging basis: `P` provisioned, `U` by usage.
    pub basis: String,
    /// Unit: `GB` or `PC`.
    pub unit: String,
    /// Base period of the code: `D` day, `M` month. A plan's own period decides what is charged.
    pub period: String,
}

/// Why a text is not an article code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not an article code: it has 8 parts of 2, 3, 4, 3, 2, 1, 2 and 1 capital letters or digits, joined by hyphens, like IS-KVM-VCPU-SL6-CR-P-PC-D"
)]
pub struct SkuError(pub String);

const WIDTHS: [usize; 8] = [2, 3, 4, 3, 2, 1, 2, 1];

impl std::str::FromStr for Sku {
    type Err = SkuError;

    fn from_str(text: &str) -> Result<Self, SkuError> {
        let parts: Vec<&str> = text.split('-').collect();
        let fits = |(part, width): (&&str, usize)| {
            part.len() == width && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        match parts.as_slice() {
            [family, platform, resource, grade, quantity, basis, unit, period]
                if parts.iter().zip(WIDTHS).all(fits) =>
            {
                Ok(Self {
                    family: (*family).to_owned(),
                    platform: (*platform).to_owned(),
                    resource: (*resource).to_owned(),
                    grade: (*grade).to_owned(),
                    quantity: (*quantity).to_owned(),
                    basis: (*basis).to_owned(),
                    unit: (*unit).to_owned(),
                    period: (*period).to_owned(),
                })
            }
            _ => Err(SkuError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{CATALOGUE, Measure};

    #[test]
    fn every_code_of_the_catalogue_parses_and_agrees_with_its_unit() {
        for row in &CATALOGUE {
            let sku: Sku = row.sku.parse().unwrap();
            assert_eq!(sku.unit == "GB", row.measure == Measure::Gb, "{}", row.id);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in
            ["", "IS", "is-kvm-vcpu-sl6-cr-p-pc-d", "IS-KVM-VCPU-SL6-CR-P-PC-D-X", "IS-KVM-VCPU-SL6-CR-P-PC-"]
        {
            assert!(bad.parse::<Sku>().is_err(), "{bad}");
        }
    }
}
