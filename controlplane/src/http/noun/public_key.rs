//! Operations on public keys.

use super::{handle, managed, singleton};

managed!(public_key);
handle!(endpoint::ListOfAccount, |op, path, query, ()| app::list_of_account(op, &path.id, &query).await);
handle!(endpoint::AddToAccount, |op, path, _, spec| app::add_to_account(op, &path.id, spec).await);
handle!(endpoint::ReadOfAccount, |op, path, _, ()| app::read_of_account(op, &path).await);
handle!(endpoint::RenameOfAccount, |op, path, _, update| app::rename_of_account(op, &path, update).await);
handle!(endpoint::DeleteOfAccount, |op, path, _, ()| app::delete_of_account(op, &path).await);
