//! One suite of tests, run for each database.

mod fixture;

mod catalogue;
mod ownership;
mod transaction;

/// Runs every case on SQLite and on PostgreSQL.
macro_rules! suite {
    ($($module:ident: $($case:ident),* $(,)?;)*) => {
        mod sqlite {
            $(mod $module {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(&crate::fixture::Fixture::sqlite().await).await;
                }
            )*})*
        }

        mod postgres {
            $(mod $module {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(&crate::fixture::Fixture::postgres().await).await;
                }
            )*})*
        }
    };
}

suite! {
    transaction:
        a_dropped_transaction_leaves_nothing,
        a_failed_transaction_cannot_be_committed,
        a_mark_undoes_a_failure,
        a_cancelled_transaction_never_comes_back_open,
        a_reader_sees_one_snapshot,
        too_many_transactions_are_refused_in_time;
    catalogue:
        migrations_are_applied_once,
        two_servers_migrate_at_once,
        another_programs_migrations_are_refused;
    ownership:
        one_code_is_taken_once,
        edits_expect_a_version,
        lists_are_sorted_searched_and_paged,
        tenants_do_not_see_each_other,
        a_contract_outlives_its_client,
        projects_are_found_by_their_paths,
        tokens_tell_who_calls,
        an_idempotency_key_is_registered_once,
        events_are_listed;
}
