//! Public keys of users (8.7): added, made as pairs, renamed and deleted.

use super::{Created, Error, Operation, audit::Change, list, patch::patched, role::Act, secret, token, user};
use ring::signature::{Ed25519KeyPair, KeyPair};
use schemas::{
    endpoint::{
        InParent, Page, PageQuery, Patch,
        public_key::{KeyOfAccount, PublicKeyQuery},
    },
    id::PublicKeyId,
    resource::{
        Ref, Secret,
        public_key::{AccountKeySpec, NewAccountKeyView, PublicKeySpec, PublicKeyUpdate, PublicKeyView},
    },
    time::WireTime,
};
use ssh_key::{
    HashAlg, LineEnding, PrivateKey,
    private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData},
    public::Ed25519PublicKey,
};
use std::collections::BTreeMap;
use store::{
    ListQuery as StoreList,
    model::{
        account::Account,
        public_key::{NewPublicKey, PublicKey, PublicKeyFilter, PublicKeySort},
    },
    queries,
};

const KIND: &str = "public_key";

/// The most keys of an account.
const MOST: i64 = 100;

/// Lists one's own keys and those of the users that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: PublicKeyQuery) -> Result<Page<PublicKeyView>, Error> {
    op.enter(Act::USER);
    let account_id = match query.user.as_deref() {
        None => None,
        Some(name) => match seen(op, name).await {
            Err(Error::NotFound) => return Err(no_user(name)),
            found => Some(found?),
        },
    };
    let fields = [("name", PublicKeySort::Name), ("ctime", PublicKeySort::CreatedAt)];
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let filter = PublicKeyFilter { partner_id, account_id, fingerprint: query.fingerprint.clone() };
    let wanted = list::wanted(query.part(), &fields, (PublicKeySort::Name, false), filter)?;
    listed(op, &wanted).await
}

/// Lists the keys of an account, the newest first.
///
/// # Errors
/// When the account does not exist for the caller.
pub async fn list_of_account(
    op: &mut Operation,
    id: &str,
    query: &PageQuery,
) -> Result<Page<PublicKeyView>, Error> {
    op.enter(Act::USER);
    let filter = PublicKeyFilter { account_id: Some(seen(op, id).await?), ..PublicKeyFilter::default() };
    let (page, _) = list::page(query.page, query.limit, query.cursor.as_deref())?;
    let wanted = StoreList { sort: PublicKeySort::CreatedAt, descending: true, search: None, filter, page };
    listed(op, &wanted).await
}

async fn listed(
    op: &mut Operation,
    wanted: &StoreList<PublicKeySort, PublicKeyFilter>,
) -> Result<Page<PublicKeyView>, Error> {
    let (visible, own) = (op.visible(), op.request.actor.account_id);
    let listed = queries::public_key::list(op.conn(), &visible, own, wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, wanted, |row| row.id)
}

/// Adds a key to a user.
///
/// # Errors
/// When the user does not exist for the caller, may do more than the caller, or has the most keys that one may have; and
/// when the caller acts for another.
pub async fn create(op: &mut Operation, spec: PublicKeySpec) -> Result<PublicKeyView, Error> {
    let owner = match token::owner(op, &spec.user).await {
        Err(Error::NotFound) => return Err(no_user(&spec.user)),
        found => found?,
    };
    // Elsewhere an id, or `me`, is a name as well; here it is what the key is found by again.
    if owner.0.login != spec.user {
        return Err(no_user(&spec.user));
    }
    add(op, owner, &spec.settings.name, spec.public_key).await
}

/// Adds a key to an account; without one a pair is made, whose private half is in this answer and nowhere else.
///
/// # Errors
/// As [`create`].
pub async fn add_to_account(
    op: &mut Operation,
    id: &str,
    spec: AccountKeySpec,
) -> Result<NewAccountKeyView, Error> {
    let owner = token::owner(op, id).await?;
    let (public_key, private_key) = match spec.public_key {
        Some(key) => (key, None),
        None => {
            let (public_key, private_key) = pair(&spec.name)?;
            op.answer_is_secret();
            (public_key, Some(private_key))
        }
    };
    let view = add(op, owner, &spec.name, public_key).await?;
    Ok(NewAccountKeyView { view, private_key })
}

async fn add(
    op: &mut Operation,
    (account, partner_id): (Account, Option<i64>),
    name: &str,
    public_key: String,
) -> Result<PublicKeyView, Error> {
    // It would open machines long after the caller has left the account.
    op.request.actor.require_self("add a public key")?;
    // The account stays while it is given a key, and has no others counted.
    queries::user::lock(op.tx()?, account.id).await?;
    if queries::public_key::count(op.conn(), account.id).await? >= MOST {
        let text = format!("the user has {MOST} public keys, the most that one may have; delete one first");
        return Err(Error::field("public_key", text));
    }
    let new = NewPublicKey {
        public_id: PublicKeyId::random(),
        account_id: account.id,
        name: name.to_owned(),
        fingerprint: fingerprint(&public_key)?,
        openssh: public_key,
        created_at: op.now,
    };
    let row = queries::public_key::insert(op.tx()?, &new).await?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, partner_id, None, Some(&view)).await?;
    Ok(view)
}

/// Reads one key.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<PublicKeyView, Error> {
    let row = op.public_key(id).await?;
    view(op, &row).await
}

/// Reads a key of an account.
///
/// # Errors
/// When the account has none of this id, or does not exist for the caller.
pub async fn read_of_account(op: &mut Operation, path: &KeyOfAccount) -> Result<PublicKeyView, Error> {
    let row = of_account(op, path).await?;
    view(op, &row).await
}

/// Renames a key.
///
/// # Errors
/// When it moved on, or its user may do more than the caller.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: PublicKeyUpdate,
) -> Result<PublicKeyView, Error> {
    let row = op.public_key(id).await?;
    rename(op, row, update).await
}

/// Renames a key of an account.
///
/// # Errors
/// As [`replace`].
pub async fn rename_of_account(
    op: &mut Operation,
    path: &KeyOfAccount,
    update: PublicKeyUpdate,
) -> Result<PublicKeyView, Error> {
    let row = of_account(op, path).await?;
    rename(op, row, update).await
}

/// Changes some fields of a key.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    patch: Patch<PublicKeyUpdate>,
) -> Result<PublicKeyView, Error> {
    let row = op.public_key(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::public_key::lock(op.tx()?, row.id).await?;
    let current = PublicKeyUpdate { name: row.name.clone() };
    rename(op, row, patched(&current, patch)?).await
}

async fn rename(op: &mut Operation, row: PublicKey, update: PublicKeyUpdate) -> Result<PublicKeyView, Error> {
    let partner_id = managed(op, &row).await?;
    let row = queries::public_key::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    let row = queries::public_key::rename(op.tx()?, &row, &update.name).await?;
    let after = view(op, &row).await?;
    audit(op, &row, partner_id, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Deletes a key.
///
/// # Errors
/// When it moved on, or its user may do more than the caller.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.public_key(id).await?;
    remove(op, row).await
}

/// Deletes a key of an account.
///
/// # Errors
/// As [`delete`].
pub async fn delete_of_account(op: &mut Operation, path: &KeyOfAccount) -> Result<(), Error> {
    let row = of_account(op, path).await?;
    remove(op, row).await
}

async fn remove(op: &mut Operation, row: PublicKey) -> Result<(), Error> {
    let partner_id = managed(op, &row).await?;
    let row = queries::public_key::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    queries::public_key::delete(op.tx()?, row.id).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, partner_id, Some(&before), None).await
}

/// The internal id of an account that is named by its id, its login or `me`: the caller's own, or a user that the caller
/// sees.
async fn seen(op: &mut Operation, id: &str) -> Result<i64, Error> {
    if token::is_own(op, id) {
        return Ok(op.request.actor.account_id);
    }
    Ok(op.user(id).await?.id)
}

fn no_user(name: &str) -> Error {
    Error::field("user", format!("there is no user \"{name}\""))
}

async fn of_account(op: &mut Operation, path: &KeyOfAccount) -> Result<PublicKey, Error> {
    let row = op.public_key(&path.key).await?;
    let account_id = seen(op, &path.id).await?;
    if row.account_id == account_id { Ok(row) } else { Err(Error::NotFound) }
}

/// Refuses to touch the key of a user who may do more than the caller; tells in whose log it is told of.
async fn managed(op: &mut Operation, row: &PublicKey) -> Result<Option<i64>, Error> {
    let account = queries::account::get(op.conn(), row.account_id).await?;
    if account.id != op.request.actor.account_id {
        token::owner(op, &account.public_id.to_string()).await?;
    }
    user::partner_of(op, account.id).await
}

async fn audit(
    op: &mut Operation,
    row: &PublicKey,
    partner_id: Option<i64>,
    before: Option<&PublicKeyView>,
    after: Option<&PublicKeyView>,
) -> Result<(), Error> {
    let (id, name) = (row.public_id.0, row.name.as_str());
    op.audit(Change { partner_id, kind: KIND, id, name, before, after }).await
}

async fn view(op: &mut Operation, row: &PublicKey) -> Result<PublicKeyView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("public key", "no view"))
}

/// Many keys, in the order of the rows, in one query.
async fn views(op: &mut Operation, rows: &[PublicKey]) -> Result<Vec<PublicKeyView>, Error> {
    let ids = list::distinct(rows.iter().map(|row| row.account_id));
    let accounts = queries::account::get_many(op.conn(), &ids).await?;
    let accounts: BTreeMap<i64, &Account> = accounts.iter().map(|row| (row.id, row)).collect();
    let view = |row: &PublicKey| {
        let missing = || Error::internal("public key", "it has no account");
        let account = accounts.get(&row.account_id).ok_or_else(missing)?;
        let (code, name) = (account.login.clone(), account.name.clone());
        Ok(PublicKeyView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            user: Ref { id: account.public_id.0, code, name },
            name: row.name.clone(),
            public_key: row.openssh.clone(),
            fingerprint: row.fingerprint.clone(),
        })
    };
    rows.iter().map(view).collect()
}

/// SHA-256 of a key, as `ssh-keygen -l` prints it.
fn fingerprint(public_key: &str) -> Result<String, Error> {
    let key = schemas::ssh::public_key(public_key).map_err(|text| Error::field("public_key", text))?;
    Ok(key.fingerprint(HashAlg::Sha256).to_string())
}

/// A new pair: the public half, which has the name of the key as its comment, and the private one.
fn pair(comment: &str) -> Result<(String, Secret), Error> {
    let failed = |error: ssh_key::Error| Error::internal("key pair", error);
    let seed = secret::random()?;
    let made =
        Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| Error::internal("key pair", error))?;
    let public: [u8; 32] =
        made.public_key().as_ref().try_into().map_err(|error| Error::internal("key pair", error))?;
    let pair =
        Ed25519Keypair { public: Ed25519PublicKey(public), private: Ed25519PrivateKey::from_bytes(&seed) };
    // A comment is one line.
    let comment: String = comment.chars().filter(|character| !character.is_control()).collect();
    let key = PrivateKey::new(KeypairData::Ed25519(pair), comment).map_err(failed)?;
    let private = key.to_openssh(LineEnding::LF).map_err(failed)?;
    Ok((key.public_key().to_openssh().map_err(failed)?, Secret(private.as_str().to_owned())))
}
