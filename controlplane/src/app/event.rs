//! The audit log, as it is read.

use super::{Error, Operation, convert, list};
use schemas::{
    endpoint::{Page, event::EventQuery},
    resource::event::EventView,
};
use store::{
    Json, Page as StorePage,
    model::event::{Event, EventFilter},
    queries,
};

/// Lists the events that the caller sees, the newest first.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: EventQuery) -> Result<Page<EventView>, Error> {
    let cursor = query.cursor.as_deref().unwrap_or_default();
    let (page, limit) = list::page(None, query.limit, Some(cursor))?;
    let visible = op.visible();
    let filter = EventFilter {
        partner_id: op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id),
        object_kind: query.object_kind,
        object_id: query.object_id,
        actor: query.actor,
        action: query.action,
        from: query.from,
        to: query.to,
    };
    let before_id = match page {
        StorePage::Keyset { after_id, .. } => after_id,
        StorePage::Offset { .. } => 0,
    };
    let listed = queries::event::newest(op.conn(), &visible, &filter, before_id, limit).await?;
    let full = i64::try_from(listed.rows.len()) == Ok(limit);
    let next_cursor = listed.rows.last().filter(|_| full).map(|event| event.id.to_string());
    let items = listed.rows.into_iter().map(view).collect::<Result<_, Error>>()?;
    Ok(Page { items, total: listed.total, limit, next_cursor })
}

fn view(row: Event) -> Result<EventView, Error> {
    let read = |json: Option<Json>| json.as_ref().map(Json::read).transpose().map_err(convert::stored);
    Ok(EventView {
        id: row.id,
        at: row.at,
        actor: row.actor,
        impersonator: row.impersonator,
        action: row.action,
        object_kind: row.object_kind,
        object_id: row.object_id,
        object_name: row.object_name,
        before: read(row.before)?,
        after: read(row.after)?,
        request_id: row.request_id,
        client: row.client,
    })
}
