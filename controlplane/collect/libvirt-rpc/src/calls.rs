//! The calls, each by its number in libvirt's `remote_protocol.x`.

use crate::connection::Connection;
use crate::error::{Error, code};
use crate::event::Watch;
use crate::types::{BlockInfo, Domain, DomainInfo, DomainStats, Pool, StatsGroups, Volume, VolumeInfo};
use crate::xdr::{Decoder, Encoder};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// The protocol's own limit of a list of domains.
const DOMAINS_MAX: usize = 16384;
/// The protocol's own limit of a list of statistics.
const STATISTICS_MAX: usize = 4096;
/// Domains that run.
const ACTIVE: u32 = 1;
/// Domains that do not.
const INACTIVE: u32 = 2;
/// Further ways to take a list apart: by being kept, by starting with the host, by snapshots, by saved memory,
/// by being running, paused, shut off or something else, and by checkpoints. Each domain is in one part of each.
const WAYS: [&[u32]; 6] =
    [&[4, 8], &[1024, 2048], &[4096, 8192], &[256, 512], &[16, 32, 64, 128], &[16_384, 32_768]];
/// The protocol's own limit of a list of ways to authenticate.
const AUTH_MAX: usize = 20;
/// The feature by which a client says that it answers when asked whether it is there.
const FEATURE_KEEPALIVE: i32 = 10;

impl Connection {
    /// Agrees on no authentication, opens the driver, and offers to answer the daemon's keepalive.
    pub(crate) async fn handshake(&self, driver_uri: &str, deadline: Duration) -> Result<(), Error> {
        let ways = |decoder: &mut Decoder<'_>| decoder.list(AUTH_MAX, Decoder::u32);
        let ways = self.call((66, "list of authentications"), Encoder::default(), deadline, ways).await?;
        if !ways.is_empty() && !ways.contains(&0) {
            let asked = ways.iter().map(|way| authentication(*way)).collect::<Vec<_>>().join(" or ");
            return Err(Error::Authentication { endpoint: self.endpoint().into(), asked });
        }
        let open = Encoder::default().optional_text(Some(driver_uri)).u32(0);
        self.call((1, "open"), open, deadline, |_| Ok(())).await?;
        let keepalive = Encoder::default().i32(FEATURE_KEEPALIVE);
        self.call((60, "offer of keepalive"), keepalive, deadline, |answer| answer.i32()).await?;
        Ok(())
    }

    /// Takes leave of the daemon. Dropping the connection is as good, without the courtesy.
    ///
    /// # Errors
    ///
    /// When the connection is over already, or after `deadline`.
    pub async fn close(self, deadline: Duration) -> Result<(), Error> {
        self.call((2, "close"), Encoder::default(), deadline, |_| Ok(())).await
    }

    /// The host's name for itself.
    ///
    /// # Errors
    ///
    /// When there is no answer, as for every call here.
    pub async fn hostname(&self, deadline: Duration) -> Result<String, Error> {
        self.call((59, "host name"), Encoder::default(), deadline, |answer| answer.text()).await
    }

    /// The daemon's version: major x 1,000,000 + minor x 1,000 + release.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn lib_version(&self, deadline: Duration) -> Result<u64, Error> {
        self.call((157, "version"), Encoder::default(), deadline, |answer| answer.u64()).await
    }

    /// All domains, running or not, each once.
    ///
    /// A daemon gives no list of more than 16384. Where there are more, the list is put together of parts,
    /// so that there may be as many of each. Who starts or stops meanwhile is not missed: those that run
    /// are asked for before and after the others.
    ///
    /// # Errors
    ///
    /// When there is no answer; [`Error::TooManyDomains`] when a part is too long that nothing takes apart.
    pub async fn domains(&self, deadline: Duration) -> Result<Vec<Domain>, Error> {
        match self.domains_that(0, deadline).await {
            Err(error) if is_too_long(&error) => self.domains_in_parts(deadline).await,
            listed => listed,
        }
    }

    async fn domains_in_parts(&self, deadline: Duration) -> Result<Vec<Domain>, Error> {
        let mut found: BTreeMap<Uuid, Domain> = BTreeMap::new();
        let mut wanted = vec![(ACTIVE, 0), (INACTIVE, 0), (ACTIVE, 0)];
        while let Some((that, depth)) = wanted.pop() {
            match (self.domains_that(that, deadline).await, WAYS.get(depth)) {
                (Ok(listed), _) => found.extend(listed.into_iter().map(|domain| (domain.uuid, domain))),
                (Err(error), Some(parts)) if is_too_long(&error) => {
                    wanted.extend(parts.iter().map(|part| (that | part, depth + 1)));
                }
                (Err(error), None) if is_too_long(&error) || is_unknown_flag(&error) => {
                    return Err(Error::TooManyDomains {
                        endpoint: self.endpoint().into(),
                        limit: DOMAINS_MAX,
                    });
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(found.into_values().collect())
    }

    /// The domains that all these flags say of.
    async fn domains_that(&self, flags: u32, deadline: Duration) -> Result<Vec<Domain>, Error> {
        let need_results = 1;
        let arguments = Encoder::default().i32(need_results).u32(flags);
        self.call((273, "list of domains"), arguments, deadline, |decoder| {
            decoder.list(DOMAINS_MAX, Domain::decode)
        })
        .await
    }

    /// State, processors and memory of a domain. Never waits for the domain itself.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn domain_info(&self, domain: &Domain, deadline: Duration) -> Result<DomainInfo, Error> {
        let arguments = domain.encode(Encoder::default());
        self.call((16, "domain info"), arguments, deadline, DomainInfo::decode).await
    }

    /// A domain's description: the one in force while it runs, else the one that it will start with.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn domain_xml(&self, domain: &Domain, deadline: Duration) -> Result<String, Error> {
        let no_flags = 0;
        let arguments = domain.encode(Encoder::default()).u32(no_flags);
        self.call((14, "domain description"), arguments, deadline, |answer| answer.text()).await
    }

    /// The description that a domain starts with the next time, with its secrets, fit to be given back.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn domain_config(&self, domain: &Domain, deadline: Duration) -> Result<String, Error> {
        let (secure, inactive) = (1, 2);
        let arguments = domain.encode(Encoder::default()).u32(secure | inactive);
        self.call((14, "domain description"), arguments, deadline, |answer| answer.text()).await
    }

    /// The domain of this identity.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn domain(&self, uuid: Uuid, deadline: Duration) -> Result<Domain, Error> {
        let arguments = Encoder::default().uuid(uuid);
        self.call((24, "domain of an identity"), arguments, deadline, Domain::decode).await
    }

    /// Whether a domain has a description that outlives its run.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn is_persistent(&self, domain: &Domain, deadline: Duration) -> Result<bool, Error> {
        let arguments = domain.encode(Encoder::default());
        self.call((151, "persistence of a domain"), arguments, deadline, |answer| answer.bool()).await
    }

    /// A domain's metadata element of one namespace, as the daemon writes it: without the prefix.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or no such element
    /// ([`NO_DOMAIN_METADATA`](crate::code::NO_DOMAIN_METADATA)).
    pub async fn domain_metadata(
        &self,
        domain: &Domain,
        namespace: &str,
        deadline: Duration,
    ) -> Result<String, Error> {
        let (element, no_flags) = (2, 0);
        let arguments = domain.encode(Encoder::default()).i32(element).optional_text(Some(namespace));
        self.call((265, "domain metadata"), arguments.u32(no_flags), deadline, |answer| answer.text()).await
    }

    /// The size of a domain's disk, named by its target (`vda`) or its source. Of a running domain this
    /// asks the domain's emulator, and waits for one that hangs.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain or disk.
    pub async fn domain_block_info(
        &self,
        domain: &Domain,
        disk: &str,
        deadline: Duration,
    ) -> Result<BlockInfo, Error> {
        let no_flags = 0;
        let arguments = domain.encode(Encoder::default()).text(disk).u32(no_flags);
        self.call((194, "size of a disk"), arguments, deadline, BlockInfo::decode).await
    }

    /// Statistics of the given domains, however many; of all, if none are given.
    ///
    /// # Errors
    ///
    /// When there is no answer. Of more than 4096 domains none are given that were not asked for by name.
    pub async fn domain_stats(
        &self,
        domains: &[Domain],
        groups: StatsGroups,
        deadline: Duration,
    ) -> Result<Vec<DomainStats>, Error> {
        if domains.is_empty() {
            return self.some_stats(domains, groups, deadline).await;
        }
        let mut statistics = Vec::with_capacity(domains.len());
        for some in domains.chunks(STATISTICS_MAX) {
            statistics.extend(self.some_stats(some, groups, deadline).await?);
        }
        Ok(statistics)
    }

    async fn some_stats(
        &self,
        domains: &[Domain],
        groups: StatsGroups,
        deadline: Duration,
    ) -> Result<Vec<DomainStats>, Error> {
        let count = u32::try_from(domains.len()).unwrap_or(u32::MAX);
        let list =
            domains.iter().fold(Encoder::default().u32(count), |encoder, domain| domain.encode(encoder));
        let no_flags = 0;
        let arguments = list.u32(groups.0).u32(no_flags);
        self.call((344, "statistics"), arguments, deadline, |decoder| {
            decoder.list(STATISTICS_MAX, DomainStats::decode)
        })
        .await
    }

    /// The storage pool of this name.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such pool.
    pub async fn pool(&self, name: &str, deadline: Duration) -> Result<Pool, Error> {
        self.call((84, "storage pool"), Encoder::default().text(name), deadline, |answer| {
            Pool::decode(answer)
        })
        .await
    }

    /// The volume of this name in a pool.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such pool or volume.
    pub async fn volume(&self, pool: &Pool, name: &str, deadline: Duration) -> Result<Volume, Error> {
        let arguments = pool.encode(Encoder::default()).text(name);
        self.call((95, "volume"), arguments, deadline, Volume::decode).await
    }

    /// The volume at this path, in whichever pool.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such volume.
    pub async fn volume_at(&self, path: &str, deadline: Duration) -> Result<Volume, Error> {
        self.call((97, "volume at a path"), Encoder::default().text(path), deadline, |answer| {
            Volume::decode(answer)
        })
        .await
    }

    /// The size of a volume.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such volume.
    pub async fn volume_info(&self, volume: &Volume, deadline: Duration) -> Result<VolumeInfo, Error> {
        let arguments = volume.encode(Encoder::default());
        self.call((98, "size of a volume"), arguments, deadline, VolumeInfo::decode).await
    }

    /// Asks for events of one kind, of all domains, for as long as the connection lasts. They reach
    /// whoever has [`Connection::events`].
    ///
    /// # Errors
    ///
    /// When there is no answer, or the driver has no such events.
    pub async fn watch(&self, kind: Watch, deadline: Duration) -> Result<(), Error> {
        let every_domain = 0;
        let arguments = Encoder::default().i32(kind.event_id()).u32(every_domain);
        self.call((316, "events"), arguments, deadline, |answer| answer.i32()).await.map(|_callback| ())
    }
}

/// Whether a daemon refused to give a list because of its length.
fn is_too_long(error: &Error) -> bool {
    matches!(error, Error::Remote { source, .. } if [code::INTERNAL_ERROR, code::RPC].contains(&source.code)
        && source.message.contains(&DOMAINS_MAX.to_string()))
}

/// Whether a daemon does not know what it is to tell domains apart by: one from before checkpoints does not know
/// them.
fn is_unknown_flag(error: &Error) -> bool {
    error.remote_code() == Some(code::INVALID_ARG)
}

fn authentication(way: u32) -> String {
    match way {
        1 => "SASL".to_owned(),
        2 => "polkit".to_owned(),
        other => format!("authentication {other}"),
    }
}
