//! The catalogue: the 28 services that a tariff plan prices (3.1-03, `spec/nomenclature`).

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr};

/// What one unit of a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Measure {
    /// 1024 MiB; quantities are counted in MiB.
    Gb,
    /// A piece.
    Pc,
}

impl Measure {
    /// How reports write the unit.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gb => "GB",
            Self::Pc => "pc",
        }
    }
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// The service.
    pub service: Service,
    /// Its id, the key of a plan's `services`.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its article code; not unique.
    pub sku: &'static str,
    /// What one unit is.
    pub measure: Measure,
}

/// Declares the catalogue once: the enum, its ids and its rows.
macro_rules! catalogue {
    ($($variant:ident $id:literal $name:literal $sku:literal $measure:ident;)*) => {
        /// A service of the catalogue, in the order of its id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Service {
            $(#[doc = $name] $variant,)*
        }

        /// Every service, in the order of the id.
        pub const CATALOGUE: [ServiceInfo; 28] = [
            $(ServiceInfo {
                service: Service::$variant,
                id: $id,
                name: $name,
                sku: $sku,
                measure: Measure::$measure,
            },)*
        ];

        impl Service {
            /// Its row in the catalogue.
            pub const fn info(self) -> &'static ServiceInfo {
                match self {
                    $(Self::$variant => {
                        const ROW: ServiceInfo = ServiceInfo {
                            service: Service::$variant,
                            id: $id,
                            name: $name,
                            sku: $sku,
                            measure: Measure::$measure,
                        };
                        &ROW
                    })*
                }
            }
        }
    };
}

catalogue! {
    Bandwidth "bandwidth" "Bandwidth" "IS-XXX-BNDW-XXX-XX-U-GB-D" Gb;
    IpsecCon "ipsec_con" "Site-to-site IPsec VPN" "IS-ESX-VPNC-XXX-TU-P-PC-D" Pc;
    Iso "iso" "Backup and image storage" "IS-ESX-VHDD-SAT-CA-U-GB-D" Gb;
    KvmBackupStorage "kvm_backup_storage" "Backup copy storage (KVM)" "IS-KVM-BACK-CIN-CA-P-GB-D" Gb;
    KvmCpu "kvm_cpu" "vCPU (KVM)" "IS-KVM-VCPU-SL6-CR-P-PC-D" Pc;
    KvmHddFast "kvm_hdd_fast" "Disk SAS (KVM)" "IS-KVM-VHDD-SAS-CA-P-GB-D" Gb;
    KvmHddSlow "kvm_hdd_slow" "Disk SATA (KVM)" "IS-KVM-VHDD-SAT-CA-P-GB-D" Gb;
    KvmHddUltrafast "kvm_hdd_ultrafast" "Disk SSD (KVM)" "IS-KVM-VHDD-SSD-CA-P-GB-D" Gb;
    KvmNetwork "kvm_network" "VLAN lease (KVM)" "IS-XXX-VLAN-XXX-NW-P-PC-D" Pc;
    KvmRam "kvm_ram" "RAM (KVM)" "IS-KVM-VRAM-SL6-CA-P-GB-D" Gb;
    KvmRouter "kvm_router" "Router (KVM)" "IS-KVM-ROUT-XXX-VR-P-PC-D" Pc;
    Lbaas "lbaas" "Load balancing" "IS-XXX-LBAS-XXX-XX-P-PC-D" Pc;
    PublicIp "public_ip" "Public IPv4 address" "IS-XXX-IPV4-XXX-XX-P-PC-D" Pc;
    S3Storage "s3_storage" "S3 object storage" "IS-XXX-OBJS-XXX-CA-U-GB-D" Gb;
    Snapshot "snapshot" "Snapshot" "IS-XXX-SNAP-XXX-CA-P-GB-D" Gb;
    Vdc "vdc" "VDC operation" "IS-XXX-VDCO-XXX-XX-P-PC-D" Pc;
    VeeamLicense "veeam_license" "Veeam licence" "IS-XXX-SLIC-VEE-XX-P-PC-D" Pc;
    VeeamStorage "veeam_storage" "Backup copy storage (Veeam)" "IS-ESX-BACK-VEE-CA-P-GB-D" Gb;
    VmwareCpu "vmware_cpu" "vCPU (ESXi)" "IS-ESX-VCPU-SL1-CR-P-PC-D" Pc;
    VmwareCpu32 "vmware_cpu_3_2" "vCPU 3.2 GHz (ESXi)" "IS-ESX-VCPU-TOP-CR-P-PC-D" Pc;
    VmwareHddFast "vmware_hdd_fast" "Disk SAS (ESXi)" "IS-ESX-VHDD-SAS-CA-P-GB-D" Gb;
    VmwareHddSlow "vmware_hdd_slow" "Disk SATA (ESXi)" "IS-ESX-VHDD-SAT-CA-P-GB-D" Gb;
    VmwareHddUltrafast "vmware_hdd_ultrafast" "Disk SSD (ESXi)" "IS-ESX-VHDD-SSD-CA-P-GB-D" Gb;
    VmwareNetwork "vmware_network" "VLAN lease (ESXi)" "IS-XXX-VLAN-XXX-NW-P-PC-D" Pc;
    VmwareRam "vmware_ram" "RAM (ESXi)" "IS-ESX-VRAM-SL1-CA-P-GB-D" Gb;
    VmwareRam32 "vmware_ram_3_2" "RAM 3.2 GHz (ESXi)" "IS-ESX-VRAM-TOP-CA-P-GB-D" Gb;
    VmwareRouter "vmware_router" "Router (ESXi)" "IS-ESX-ROUT-XXX-VR-P-PC-D" Pc;
    WindowsLicense "windows_license" "Windows Server Standard per core" "IS-XXX-SLIC-WSS-CR-P-PC-M" Pc;
}

/// A text that is no service id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a service; the ids are listed by the data source esu_services")]
pub struct ServiceError(pub String);

impl Service {
    /// Its id, such as `kvm_cpu`.
    pub const fn id(self) -> &'static str {
        self.info().id
    }
}

/// The JSON Schema of a service id.
pub fn id_schema() -> serde_json::Value {
    let ids: Vec<&str> = CATALOGUE.iter().map(|row| row.id).collect();
    serde_json::json!({ "type": "string", "enum": ids })
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Service {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, ServiceError> {
        CATALOGUE
            .iter()
            .find(|row| row.id == text)
            .map(|row| row.service)
            .ok_or_else(|| ServiceError(text.to_owned()))
    }
}

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Service {
    fn schema_name() -> Cow<'static, str> {
        "Service".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": id_schema()["enum"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_in_the_order_of_its_ids() {
        assert!(CATALOGUE.is_sorted_by_key(|row| row.id));
        for row in &CATALOGUE {
            assert_eq!(row.id.parse::<Service>().unwrap().info(), row);
        }
    }
}
