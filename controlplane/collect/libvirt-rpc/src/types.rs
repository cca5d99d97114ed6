//! What calls take and give.

use crate::xdr::{DecodeError, Decoder, Encoder};
use std::{collections::BTreeMap, fmt, ops::BitOr};
use uuid::Uuid;

/// A virtual machine, as the daemon names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Domain {
    /// The name, unique on the daemon.
    pub name: String,
    /// The identity.
    pub uuid: Uuid,
    /// The number of this run, none while the domain is off.
    pub id: Option<u32>,
}

impl Domain {
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let id = self.id.and_then(|id| i32::try_from(id).ok()).unwrap_or(-1);
        encoder.text(&self.name).uuid(self.uuid).i32(id)
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { name: decoder.text()?, uuid: decoder.uuid()?, id: u32::try_from(decoder.i32()?).ok() })
    }
}

/// What a domain does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DomainState {
    /// The driver does not say.
    NoState,
    /// On a processor, or ready to be.
    Running,
    /// Waiting for a resource.
    Blocked,
    /// Paused by somebody.
    Paused,
    /// On its way down, and still there.
    ShuttingDown,
    /// Off.
    ShutOff,
    /// Crashed; it is still there if it has an id.
    Crashed,
    /// Suspended by its own power management.
    Suspended,
    /// A state that this library does not know.
    Other(u32),
}

impl From<u32> for DomainState {
    fn from(state: u32) -> Self {
        match state {
            0 => Self::NoState,
            1 => Self::Running,
            2 => Self::Blocked,
            3 => Self::Paused,
            4 => Self::ShuttingDown,
            5 => Self::ShutOff,
            6 => Self::Crashed,
            7 => Self::Suspended,
            other => Self::Other(other),
        }
    }
}

/// What the daemon knows of a domain without asking the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainInfo {
    /// What it does.
    pub state: DomainState,
    /// The most memory that it may get.
    pub max_memory_kib: u64,
    /// The memory that it has.
    pub memory_kib: u64,
    /// The virtual processors that it has.
    pub vcpu: u32,
    /// Processor time used; of a domain that is off this is not a fact about the domain.
    pub cpu_time_ns: u64,
}

impl DomainInfo {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            state: decoder.u32()?.into(),
            max_memory_kib: decoder.u64()?,
            memory_kib: decoder.u64()?,
            vcpu: decoder.u32()?,
            cpu_time_ns: decoder.u64()?,
        })
    }
}

/// The size of a domain's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// What the domain sees.
    pub capacity_bytes: u64,
    /// What is taken on the host.
    pub allocation_bytes: u64,
    /// What the container on the host extends to.
    pub physical_bytes: u64,
}

impl BlockInfo {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (allocation_bytes, capacity_bytes) = (decoder.u64()?, decoder.u64()?);
        Ok(Self { capacity_bytes, allocation_bytes, physical_bytes: decoder.u64()? })
    }
}

/// A storage pool, as the daemon names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pool {
    /// The name, unique on the daemon.
    pub name: String,
    /// The identity.
    pub uuid: Uuid,
}

impl Pool {
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        encoder.text(&self.name).uuid(self.uuid)
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { name: decoder.text()?, uuid: decoder.uuid()? })
    }
}

/// A volume of a storage pool, as the daemon names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Volume {
    /// The pool's name.
    pub pool: String,
    /// The name, unique in its pool.
    pub name: String,
    /// The daemon's key, often a path.
    pub key: String,
}

impl Volume {
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        encoder.text(&self.pool).text(&self.name).text(&self.key)
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self { pool: decoder.text()?, name: decoder.text()?, key: decoder.text()? })
    }
}

/// The size of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeInfo {
    /// What a domain sees.
    pub capacity_bytes: u64,
    /// What is taken in the pool.
    pub allocation_bytes: u64,
}

impl VolumeInfo {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let _kind = decoder.i32()?;
        Ok(Self { capacity_bytes: decoder.u64()?, allocation_bytes: decoder.u64()? })
    }
}

/// Which statistics to give. Those of `CPU`, `BALLOON`, `VCPU` and `BLOCK` ask the domain itself, and wait
/// for one that does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatsGroups(pub(crate) u32);

impl StatsGroups {
    /// What the domain does.
    pub const STATE: Self = Self(1);
    /// Processor time.
    pub const CPU: Self = Self(2);
    /// Memory.
    pub const BALLOON: Self = Self(4);
    /// Each virtual processor.
    pub const VCPU: Self = Self(8);
    /// Network interfaces.
    pub const INTERFACE: Self = Self(16);
    /// Disks.
    pub const BLOCK: Self = Self(32);
}

impl BitOr for StatsGroups {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One statistic.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A signed number, of 32 or 64 bits.
    Signed(i64),
    /// An unsigned number, of 32 or 64 bits.
    Unsigned(u64),
    /// A fraction.
    Fraction(f64),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Text(String),
}

impl Value {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match decoder.i32()? {
            1 => Self::Signed(decoder.i32()?.into()),
            2 => Self::Unsigned(decoder.u32()?.into()),
            3 => Self::Signed(decoder.i64()?),
            4 => Self::Unsigned(decoder.u64()?),
            5 => Self::Fraction(decoder.f64()?),
            6 => Self::Bool(decoder.bool()?),
            7 => Self::Text(decoder.text()?),
            value => return Err(DecodeError::Unknown { what: "type of statistic", value: value.into() }),
        })
    }

    /// The number, where it is one and not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Signed(value) => u64::try_from(*value).ok(),
            Self::Unsigned(value) => Some(*value),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Fraction(value) => value.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// The statistics of one domain, by the names that libvirt gives them (`net.0.rx.bytes`).
#[derive(Debug, Clone, PartialEq)]
pub struct DomainStats {
    /// The domain.
    pub domain: Domain,
    /// The statistics.
    pub values: BTreeMap<String, Value>,
}

/// The protocol's own limit of the statistics of one domain.
const STATS_MAX: usize = 262_144;

impl DomainStats {
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let domain = Domain::decode(decoder)?;
        let value = |decoder: &mut Decoder<'_>| Ok((decoder.text()?, Value::decode(decoder)?));
        Ok(Self { domain, values: decoder.list(STATS_MAX, value)?.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_domain_goes_there_and_back(name in "\\PC{0,40}", uuid: u128, id in proptest::option::of(0u32..0x8000_0000)) {
            let domain = Domain { name, uuid: Uuid::from_u128(uuid), id };
            let bytes = domain.encode(Encoder::default()).into_bytes();
            prop_assert_eq!(Domain::decode(&mut Decoder::new(&bytes)), Ok(domain));
        }
    }
}
