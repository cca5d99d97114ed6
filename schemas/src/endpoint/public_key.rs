//! Operations on public keys.

use super::{ById, InParent, Page, PageQuery, Patch, endpoint, list_query};
use crate::resource::public_key::{
    AccountKeySpec, NewAccountKeyView, PublicKeySpec, PublicKeyUpdate, PublicKeyView,
};
use serde::{Deserialize, Serialize};

list_query! {
    /// Which public keys, in which order.
    PublicKeyQuery, sorted by "`name` or `ctime`", searched by "name" {
        /// Code or id of the partner, for the keys of the users of its domains.
        partner: String,
        /// Login or id of the user.
        user: String,
        /// Exactly this fingerprint.
        fingerprint: String,
    }
}

/// A key of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyOfAccount {
    /// The account: its id, its login, or `me`.
    pub id: String,
    /// Id of the key.
    pub key: String,
}

endpoint! {
    /// Lists one's own public keys and those of the users that the caller may see.
    List = "public_key.list" GET "/v1/public_key" Account query PublicKeyQuery, answer Page<PublicKeyView>
}

endpoint! {
    /// Adds a public key to a user: oneself, or a user who may do no more than the caller. Who acts for somebody else adds none.
    Create = "public_key.create" POST "/v1/public_key" Account body PublicKeySpec, answer PublicKeyView
}

endpoint! {
    /// Reads one public key by id.
    Read = "public_key.read" GET "/v1/public_key/{id}" Account path ById, query InParent, answer PublicKeyView
}

endpoint! {
    /// Replaces everything that may change in a public key: its name.
    Replace = "public_key.replace" PUT "/v1/public_key/{id}" Account path ById, query InParent, body PublicKeyUpdate, answer PublicKeyView
}

endpoint! {
    /// Changes some fields of a public key.
    Modify = "public_key.modify" PATCH "/v1/public_key/{id}" Account path ById, query InParent, body Patch<PublicKeyUpdate>, answer PublicKeyView
}

endpoint! {
    /// Deletes a public key.
    Delete = "public_key.delete" DELETE "/v1/public_key/{id}" Account path ById, query InParent, answer ()
}

endpoint! {
    /// Lists the public keys of an account, the newest first; `me` is the account that calls.
    ListOfAccount = "public_key.list_of_account" GET "/v1/account/{id}/key" Account path ById, query PageQuery, answer Page<PublicKeyView>
}

endpoint! {
    /// Adds a public key to an account. Without `public_key` a pair is made, and its private half is shown this once (8.7.1-03); a repetition makes another one: the answer is not kept under its idempotency key. With `dry_run` a pair is made and shown and nothing is added: the public half can be added later (8.7.1-04).
    AddToAccount = "public_key.add_to_account" POST "/v1/account/{id}/key" Account path ById, body AccountKeySpec, answer NewAccountKeyView
}

endpoint! {
    /// Reads a public key of an account.
    ReadOfAccount = "public_key.read_of_account" GET "/v1/account/{id}/key/{key}" Account path KeyOfAccount, answer PublicKeyView
}

endpoint! {
    /// Renames a public key of an account.
    RenameOfAccount = "public_key.rename_of_account" PUT "/v1/account/{id}/key/{key}" Account path KeyOfAccount, body PublicKeyUpdate, answer PublicKeyView
}

endpoint! {
    /// Deletes a public key of an account.
    DeleteOfAccount = "public_key.delete_of_account" DELETE "/v1/account/{id}/key/{key}" Account path KeyOfAccount, answer ()
}
