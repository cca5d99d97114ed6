//! Notes on clients, some of them with a notification (7.4).

use super::{
    App, Created, Error, Operation, Signal, audit::Change, convert, list, notification, partner,
    patch::patched,
};
use jiff::tz::TimeZone;
use schemas::{
    endpoint::{InParent, Page, Patch, note::NoteQuery},
    id::NoteId,
    resource::{
        Ref,
        note::{NoteSpec, NoteUpdate, NoteView},
    },
    time::{Instant, WireTime},
};
use std::collections::BTreeMap;
use store::{
    StoreError, Tx,
    model::{
        access::{Audience, Notice},
        client::Client,
        note::{NewNote, Note, NoteEdit, NoteFilter, NoteSort, ZoneDay},
        partner::Partner,
    },
    queries,
};

/// The noun.
pub(crate) const KIND: &str = "note";

/// Who writes what the system writes by itself. No login is this word: it has no account.
pub(super) const SYSTEM: &str = "system";

/// How many notes that are due are read at once.
const AT_ONCE: i64 = 100;

/// The most characters of a note's beginning that stand for it in the audit log.
const NAME_LENGTH: usize = 60;

/// Lists the notes that the caller sees, the newest first (7.4-08 to 7.4-10).
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: NoteQuery) -> Result<Page<NoteView>, Error> {
    let fields =
        [("ctime", NoteSort::CreatedAt), ("notify_at", NoteSort::NotifyAt), ("author", NoteSort::Author)];
    let (partner_id, client_id) = op.parents_named(query.partner.as_deref(), query.client.as_deref()).await?;
    let written = match query.today {
        Some(today) => Some((todays(op, partner_id).await?, today)),
        None => None,
    };
    let filter = NoteFilter {
        partner_id,
        client_id,
        author: query.author.clone(),
        system: query.system,
        notification: query.notification,
        done: query.done,
        notify_from: query.notify_from,
        notify_to: query.notify_to,
        written,
    };
    let wanted = list::wanted(query.part(), &fields, (NoteSort::CreatedAt, true), filter)?;
    let visible = op.visible();
    let listed = queries::note::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// What today is in the time zones of the partners that the caller sees.
async fn todays(op: &mut Operation, partner_id: Option<i64>) -> Result<Vec<ZoneDay>, Error> {
    let visible = op.visible();
    let now = op.now;
    let zones = queries::partner::time_zones(op.conn(), &visible, partner_id).await?;
    zones.into_iter().map(|time_zone| today(now, time_zone)).collect()
}

fn today(now: Instant, time_zone: String) -> Result<ZoneDay, Error> {
    let zone = TimeZone::get(&time_zone).map_err(convert::stored)?;
    let day = now.day_in(&zone);
    let begin = |day: jiff::civil::Date| {
        let begin = day.to_zoned(zone.clone()).map_err(convert::stored)?;
        Ok::<_, Error>(Instant::from(begin.timestamp()))
    };
    Ok(ZoneDay { from: begin(day)?, to: begin(day.tomorrow().map_err(convert::stored)?)?, time_zone })
}

/// Writes a note on a client (7.4-01, 7.4-02).
///
/// # Errors
/// When the client is not there.
pub async fn create(op: &mut Operation, spec: NoteSpec) -> Result<NoteView, Error> {
    let client = op.client_of_spec(&spec.client, spec.partner.as_ref()).await?;
    let new = NewNote {
        partner_id: client.partner_id,
        public_id: NoteId::random(),
        client_id: client.id,
        body: spec.settings.text,
        author: op.request.actor.login.clone(),
        system: false,
        notify_at: spec.settings.notify_at,
        done: spec.settings.done.unwrap_or(false),
        created_at: op.now,
        due_at: spec.settings.notify_at,
    };
    let row = queries::note::insert(op.tx()?, &new).await?;
    op.signal(Signal::NotesMoved);
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

/// Has the system itself write a note on a client, with a notification that is due at once.
pub(crate) async fn by_system(
    tx: &mut Tx,
    (partner_id, client_id): (i64, i64),
    text: String,
    now: Instant,
) -> Result<(), Error> {
    let new = NewNote {
        partner_id,
        public_id: NoteId::random(),
        client_id,
        body: text,
        author: SYSTEM.to_owned(),
        system: true,
        notify_at: Some(now),
        done: false,
        created_at: now,
        due_at: Some(now),
    };
    queries::note::insert(tx, &new).await?;
    Ok(())
}

/// Has people told of every note whose notification is due and that is not done (7.4-05). Answers when the next one is.
///
/// # Errors
/// When the database fails.
pub async fn tell_due(app: &App) -> Result<Option<Instant>, Error> {
    loop {
        let now = app.clock.now();
        let mut reader = app.store.read().await?;
        let due = queries::note::due(&mut reader, now, AT_ONCE).await?;
        if due.is_empty() {
            return Ok(queries::note::next_due(&mut reader).await?);
        }
        drop(reader);
        for key in due {
            tell(app, key, now).await?;
        }
        app.mail_posted.notify_one();
    }
}

/// Has those told of a note who see it with its client's partner. That they were is noted with their messages: whatever
/// happens to the server, and however many there are, they hear of it once.
async fn tell(app: &App, (partner_id, id): (i64, i64), now: Instant) -> Result<(), Error> {
    let mut tx = app.store.begin().await?;
    let row = match queries::note::lock(&mut tx, partner_id, id).await {
        Err(StoreError::NotFound) => return Ok(()),
        locked => locked?,
    };
    // Another server was faster, or it was moved or done meanwhile.
    if row.done || row.due_at.is_none_or(|due_at| due_at > now) {
        return Ok(());
    }
    let client = queries::client::get(&mut tx, partner_id, row.client_id).await?;
    let partner = queries::partner::get(&mut tx, partner_id).await?;
    let subject = format!("Note on \"{}\"", client.name);
    let due_at = row.notify_at.map_or_else(String::new, |at| format!(", due at {at}"));
    let body = format!(
        "{}\n\nClient: {} ({}/{})\nWritten by {} at {}{due_at}.\n",
        row.body, client.name, partner.code, client.code, row.author, row.created_at
    );
    let message = (subject.as_str(), body.as_str());
    notification::tell(&mut tx, Audience::Partner(partner_id), Notice::Note, message, now).await?;
    queries::note::told(&mut tx, partner_id, id).await?;
    Ok(tx.commit().await?)
}

/// Reads one note.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<NoteView, Error> {
    let row = op.note(id).await?;
    view(op, &row).await
}

/// Replaces what may change in a note (7.4-06). Whether it is done stays as it is where that is left out; another instant
/// of its notification is one that people are to be told at, whether they were told before or not.
///
/// # Errors
/// When it moved on.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: NoteUpdate,
) -> Result<NoteView, Error> {
    let row = op.note(id).await?;
    let row = queries::note::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    let edit = NoteEdit {
        body: update.text,
        notify_at: update.notify_at,
        done: update.done.unwrap_or(row.done),
        due_at: if update.notify_at == row.notify_at { row.due_at } else { update.notify_at },
    };
    let row = queries::note::update(op.tx()?, row.partner_id, row.id, None, &edit).await?;
    op.signal(Signal::NotesMoved);
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of a note.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<NoteUpdate>,
) -> Result<NoteView, Error> {
    let row = op.note(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::note::lock(op.tx()?, row.partner_id, row.id).await?;
    let current = NoteUpdate { text: row.body, notify_at: row.notify_at, done: Some(row.done) };
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Marks a note as done (7.4-05). It moves the version, for `done` is of the editable set: an edit that would undo what
/// a person has just confirmed is refused.
///
/// # Errors
/// When it moved on.
pub async fn confirm(op: &mut Operation, id: &str, _: &InParent) -> Result<NoteView, Error> {
    let row = op.note(id).await?;
    let row = queries::note::lock(op.tx()?, row.partner_id, row.id).await?;
    let before = view(op, &row).await?;
    if row.done {
        return Ok(before);
    }
    let edit = NoteEdit { body: row.body, notify_at: row.notify_at, done: true, due_at: row.due_at };
    let row = queries::note::update(op.tx()?, row.partner_id, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    op.audit_as("confirm", change(&row, &name(&row), Some(&before), Some(&after))).await?;
    Ok(after)
}

/// Deletes a note.
///
/// # Errors
/// When it moved on.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.note(id).await?;
    let row = queries::note::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    queries::note::delete(op.tx()?, row.partner_id, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

async fn audit(
    op: &mut Operation,
    row: &Note,
    before: Option<&NoteView>,
    after: Option<&NoteView>,
) -> Result<(), Error> {
    op.audit(change(row, &name(row), before, after)).await
}

fn change<'a>(
    row: &Note,
    name: &'a str,
    before: Option<&'a NoteView>,
    after: Option<&'a NoteView>,
) -> Change<'a, NoteView> {
    Change { partner_id: Some(row.partner_id), kind: KIND, id: row.public_id.0, name, before, after }
}

/// What stands for a note, which has no name.
fn name(row: &Note) -> String {
    row.body.chars().take(NAME_LENGTH).collect()
}

async fn view(op: &mut Operation, row: &Note) -> Result<NoteView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("note", "no view"))
}

/// Many notes, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Note]) -> Result<Vec<NoteView>, Error> {
    let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
    let client_ids = list::distinct(rows.iter().map(|row| row.client_id));
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let clients = queries::client::get_many(op.conn(), &partner_ids, &client_ids).await?;
    let partners: BTreeMap<i64, &Partner> = partners.iter().map(|row| (row.id, row)).collect();
    let clients: BTreeMap<i64, &Client> = clients.iter().map(|row| (row.id, row)).collect();
    let missing = || Error::internal("note", "it has no client");
    let view = |row: &Note| {
        let client = clients.get(&row.client_id).ok_or_else(missing)?;
        Ok(NoteView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            partner: partner::reference(partners.get(&row.partner_id).ok_or_else(missing)?),
            client: Ref { id: client.public_id.0, code: client.code.to_string(), name: client.name.clone() },
            text: row.body.clone(),
            author: row.author.clone(),
            system: row.system,
            notify_at: row.notify_at,
            done: row.done,
        })
    };
    rows.iter().map(view).collect()
}
