//! Public keys: what a user's machines are opened with (8.7).

use super::{Computed, Ref, Resource, Secret};
use crate::{endpoint, id::PublicKeyId, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may change in a public key: its name, and nothing else (8.7.1-06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PublicKeyUpdate {
    /// Name of the key.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// What a public key is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PublicKeySpec {
    /// Login of the user whose key it is.
    #[schemars(extend("format" = "login", "x-tf" = {"path": "/user/code"}))]
    pub user: String,
    /// The key in OpenSSH's form, such as the content of `id_ed25519.pub`: ed25519, ECDSA or RSA, also of a security key. A user has at most 100 of them.
    #[schemars(length(max = 16_384), extend("format" = "ssh-public-key"))]
    pub public_key: String,
    /// What may change later.
    #[serde(flatten)]
    pub settings: PublicKeyUpdate,
}

/// A public key as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicKeyView {
    /// Id of the key.
    pub id: PublicKeyId,
    /// When it was added.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// The user whose key it is; its code is its login.
    pub user: Ref,
    /// Name.
    pub name: String,
    /// The key in OpenSSH's form.
    pub public_key: String,
    /// SHA-256 of the key, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
}

/// A public key is added to a user, whose machines are opened with it. Only its name can change; another key is another resource. The private half stays where it is: the provider never sees it. Without one to add, the API makes a pair.
#[derive(JsonSchema)]
pub struct PublicKey;

impl Resource for PublicKey {
    const NOUN: &'static str = "public_key";
    const KEY: &'static [&'static str] = &[];
    const COMPUTED: &'static [Computed] = &[Computed {
        name: "fingerprint",
        path: "/fingerprint",
        description: "SHA-256 of the key, as `ssh-keygen -l` prints it.",
    }];
    type Spec = PublicKeySpec;
    type Update = PublicKeyUpdate;
    type View = PublicKeyView;
    type List = endpoint::public_key::List;
    type Create = endpoint::public_key::Create;
    type Read = endpoint::public_key::Read;
    type Replace = endpoint::public_key::Replace;
    type Delete = endpoint::public_key::Delete;
}

/// What a key of an account is added from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct AccountKeySpec {
    /// Name of the key.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// The key in OpenSSH's form. Without it a pair is made (ed25519).
    #[serde(default)]
    #[schemars(length(max = 16_384), extend("format" = "ssh-public-key"))]
    pub public_key: Option<String>,
}

/// A key that was just added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewAccountKeyView {
    /// The key.
    #[serde(flatten)]
    pub view: PublicKeyView,
    /// The private half of a pair that was made, in OpenSSH's form: it is shown this once and kept nowhere (8.7.1-03).
    pub private_key: Option<Secret>,
}
