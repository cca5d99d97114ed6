//! Which class of storage a disk is billed as.

use crate::Disk;
pub use schemas::resource::hypervisor::DiskType;
use std::{collections::BTreeMap, path::Path};

/// The class of `disk` by a hypervisor's map, whose keys are pools (or datastores) and path prefixes.
///
/// The pool's own entry wins; else the longest prefix of whole path components. None: unmapped, which is
/// never billed as one type or another by guess.
#[must_use]
pub fn disk_type(disk_types: &BTreeMap<String, DiskType>, disk: &Disk) -> Option<DiskType> {
    if let Some(found) = disk.pool.as_ref().and_then(|pool| disk_types.get(pool)) {
        return Some(*found);
    }
    let path = Path::new(disk.path.as_ref()?);
    disk_types
        .iter()
        .filter(|(prefix, _)| prefix.starts_with('/') && path.starts_with(prefix))
        .max_by_key(|(prefix, _)| Path::new(prefix).components().count())
        .map(|(_, found)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(pool: Option<&str>, path: Option<&str>) -> Disk {
        Disk {
            key: "key".into(),
            target: "vda".into(),
            capacity_mib: Some(1),
            pool: pool.map(Into::into),
            path: path.map(Into::into),
            boot_order: None,
            system: true,
        }
    }

    #[test]
    fn the_pool_wins_then_the_longest_whole_prefix() {
        let map: BTreeMap<String, DiskType> = [
            ("fast", DiskType::Ssd),
            ("/srv", DiskType::Sata),
            ("/srv/vm/", DiskType::Sas),
            ("/srv/v", DiskType::Ssd),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        let of = |pool, path| disk_type(&map, &disk(pool, path));
        assert_eq!(of(Some("fast"), Some("/srv/vm/a")), Some(DiskType::Ssd));
        assert_eq!(of(Some("other"), Some("/srv/vm/a")), Some(DiskType::Sas));
        assert_eq!(of(None, Some("/srv/vmware/a")), Some(DiskType::Sata));
        assert_eq!(of(None, Some("/srv/vm/a")), Some(DiskType::Sas));
        assert_eq!(of(None, Some("/var/a")), None);
        assert_eq!(of(Some("other"), None), None);
        assert_eq!(of(None, Some("fast")), None);
    }
}
