//! Libvirt's events as hints.

use crate::{Change, ChangeKind, Changes, Epoch};
use futures::{StreamExt, stream};
use libvirt_rpc::{Event, EventKind, Events, Lifecycle};
use std::collections::{HashSet, VecDeque};
use uuid::Uuid;

/// What a rename says of the old name and of the new one.
const UNDEFINED_BY_RENAME: i32 = 1;
/// It was suspended by its own power management: the run goes on.
const STARTED_BY_WAKEUP: i32 = 4;
/// The domain runs on, elsewhere.
const STOPPED_BY_MIGRATION: i32 = 3;

/// The stream of hints of one session. It ends with the session, and does not keep it.
pub(super) fn stream(events: Events, epoch: Epoch) -> Changes {
    let state = Some((events, Translator::default(), VecDeque::new()));
    stream::unfold(state, move |state| async move {
        let (mut events, mut translator, mut ready) = state?;
        loop {
            if let Some(kind) = ready.pop_front() {
                return Some((Change { epoch, at: None, kind }, Some((events, translator, ready))));
            }
            match events.next().await {
                Ok(event) => ready.extend(translator.translate(event)),
                Err(error) => {
                    return Some((
                        Change { epoch, at: None, kind: ChangeKind::Gap(error.to_string()) },
                        None,
                    ));
                }
            }
        }
    })
    .boxed()
}

/// Turns events into hints.
#[derive(Debug, Default)]
struct Translator {
    /// Domains that lost their description while they run: they are gone when they stop.
    transient: HashSet<Uuid>,
    /// Domains that moved to another host, where they are neither stopped nor gone.
    moved: HashSet<Uuid>,
}

impl Translator {
    fn translate(&mut self, event: Event) -> Vec<ChangeKind> {
        let uuid = event.domain;
        match event.kind {
            EventKind::Lifecycle(step) => self.lifecycle(uuid, event.is_active, step),
            EventKind::Metadata => vec![ChangeKind::OwnerChanged(uuid)],
            EventKind::Balloon | EventKind::DeviceAdded | EventKind::DeviceRemoved => {
                vec![ChangeKind::Resized(uuid)]
            }
            _ => vec![],
        }
    }

    fn lifecycle(&mut self, uuid: Uuid, active: bool, step: Lifecycle) -> Vec<ChangeKind> {
        match step {
            Lifecycle::Started(STARTED_BY_WAKEUP) => vec![ChangeKind::Resumed(uuid)],
            Lifecycle::Started(_) => {
                self.moved.remove(&uuid);
                vec![ChangeKind::Started(uuid)]
            }
            Lifecycle::Resumed(_) => vec![ChangeKind::Resumed(uuid)],
            Lifecycle::Suspended(_) | Lifecycle::PmSuspended(_) => vec![ChangeKind::Paused(uuid)],
            Lifecycle::Crashed(_) => vec![ChangeKind::Crashed(uuid)],
            Lifecycle::Defined(_) => {
                self.transient.remove(&uuid);
                vec![ChangeKind::Defined(uuid)]
            }
            // The description under the new name follows.
            Lifecycle::Undefined(UNDEFINED_BY_RENAME) => vec![],
            Lifecycle::Undefined(_) if active => {
                self.transient.insert(uuid);
                vec![]
            }
            Lifecycle::Undefined(_) if self.moved.remove(&uuid) => vec![],
            Lifecycle::Undefined(_) => vec![ChangeKind::Removed(uuid)],
            Lifecycle::Stopped(STOPPED_BY_MIGRATION) => {
                self.transient.remove(&uuid);
                self.moved.insert(uuid);
                vec![ChangeKind::MovedAway(uuid)]
            }
            Lifecycle::Stopped(_) => {
                let crashed = step.stopped_by_failure();
                let mut kinds =
                    vec![if crashed { ChangeKind::Crashed(uuid) } else { ChangeKind::Stopped(uuid) }];
                if self.transient.remove(&uuid) {
                    kinds.push(ChangeKind::Removed(uuid));
                }
                kinds
            }
            _ => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: Uuid = Uuid::from_u128(5);

    fn said(translator: &mut Translator, is_active: bool, step: Lifecycle) -> Vec<ChangeKind> {
        translator.translate(Event { domain: WEB, is_active, kind: EventKind::Lifecycle(step) })
    }

    #[test]
    fn a_machine_is_gone_when_neither_description_nor_process_is_left() {
        let mut translator = Translator::default();
        assert_eq!(said(&mut translator, false, Lifecycle::Undefined(0)), [ChangeKind::Removed(WEB)]);
        assert_eq!(said(&mut translator, true, Lifecycle::Undefined(0)), []);
        assert_eq!(
            said(&mut translator, false, Lifecycle::Stopped(1)),
            [ChangeKind::Stopped(WEB), ChangeKind::Removed(WEB)]
        );
        assert_eq!(said(&mut translator, true, Lifecycle::Undefined(0)), []);
        assert_eq!(said(&mut translator, true, Lifecycle::Defined(0)), [ChangeKind::Defined(WEB)]);
        assert_eq!(said(&mut translator, false, Lifecycle::Stopped(1)), [ChangeKind::Stopped(WEB)]);
    }

    #[test]
    fn renaming_and_migrating_end_nothing() {
        let mut translator = Translator::default();
        assert_eq!(said(&mut translator, false, Lifecycle::Undefined(UNDEFINED_BY_RENAME)), []);
        assert_eq!(
            said(&mut translator, false, Lifecycle::Stopped(STOPPED_BY_MIGRATION)),
            [ChangeKind::MovedAway(WEB)]
        );
        assert_eq!(said(&mut translator, false, Lifecycle::Undefined(0)), []);
    }

    #[test]
    fn a_failure_is_a_crash() {
        let mut translator = Translator::default();
        for failure in [2, 5] {
            assert_eq!(said(&mut translator, false, Lifecycle::Stopped(failure)), [ChangeKind::Crashed(WEB)]);
        }
    }
}
