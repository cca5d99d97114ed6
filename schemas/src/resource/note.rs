//! Notes: what people write down about a client, some of them with a notification (7.4).

use super::{Computed, Ref, Resource};
use crate::{
    code::Code,
    endpoint,
    id::NoteId,
    time::{Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may change in a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct NoteUpdate {
    /// Text of the note.
    #[schemars(length(min = 1, max = 10_000))]
    pub text: String,
    /// When a notification of the note is due, such as `2026-01-15T09:30:00+03:00`; without it, there is none. The administrators of the client's partner get a message then, unless the note is done, or they want none. Any instant is accepted; the panel's calendar offers half-hour steps.
    #[serde(default)]
    pub notify_at: Option<Instant>,
    /// Whether the note is done; then its notification is over. Without it, that is for people to say: a confirmation in the panel is no difference.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"computed": true}))]
    pub done: Option<bool>,
}

/// What a note is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct NoteSpec {
    /// Code of the client that the note is about.
    #[schemars(extend("x-tf" = {"path": "/client/code"}))]
    pub client: Code,
    /// Code of the client's partner, where the client's code alone is ambiguous.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/partner/code", "computed": true}))]
    pub partner: Option<Code>,
    /// What may change later.
    #[serde(flatten)]
    pub settings: NoteUpdate,
}

/// A note as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoteView {
    /// Id of the note.
    pub id: NoteId,
    /// When it was written.
    pub ctime: WireTime,
    /// Moves with every edit and with the confirmation; the value of `ETag`.
    pub version: i64,
    /// The partner of its client.
    pub partner: Ref,
    /// The client that it is about.
    pub client: Ref,
    /// Text.
    pub text: String,
    /// Login of who wrote it; `system` for what the system wrote by itself.
    pub author: String,
    /// Whether the system wrote it by itself.
    pub system: bool,
    /// When its notification is due; null for none.
    pub notify_at: Option<Instant>,
    /// Whether it is done, and its notification over.
    pub done: bool,
}

/// A note is written on a client by those who look after it, with a notification at a certain time if one is wanted. It goes with its client.
#[derive(JsonSchema)]
pub struct Note;

impl Resource for Note {
    const NOUN: &'static str = "note";
    const KEY: &'static [&'static str] = &[];
    const COMPUTED: &'static [Computed] = &[Computed {
        name: "author",
        path: "/author",
        description: "Login of the account that wrote the note.",
    }];
    type Spec = NoteSpec;
    type Update = NoteUpdate;
    type View = NoteView;
    type List = endpoint::note::List;
    type Create = endpoint::note::Create;
    type Read = endpoint::note::Read;
    type Replace = endpoint::note::Replace;
    type Delete = endpoint::note::Delete;
}
