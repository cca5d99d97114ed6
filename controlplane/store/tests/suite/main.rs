//! One suite of tests, run for each database.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

mod billing;
mod catalogue;
mod metering;
mod nouns;
mod ownership;
mod promotion;
mod sendable;
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
        a_transaction_with_a_cancelled_statement_is_of_no_use,
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
        events_are_listed,
        hypervisors_are_let_to_partners;
    nouns:
        a_note_goes_with_its_client,
        a_note_is_due_until_it_is_told,
        those_are_told_who_may_and_want_to,
        a_name_is_of_one_domain,
        a_user_is_of_a_domain,
        a_public_key_is_seen_with_its_user;
    promotion:
        a_promotion_is_found_changed_and_listed,
        a_grant_outlives_its_promotion;
    metering:
        epochs_are_never_given_twice,
        a_source_tells_how_it_does,
        a_sighting_makes_or_changes_a_resource,
        the_latest_place_is_that_of_the_latest_epoch,
        resources_are_filtered,
        observations_are_stored_once,
        racing_deliveries_are_stored_once,
        a_contract_reads_what_was_known_at_the_cutoff,
        a_machine_is_of_the_project_it_was_assigned_to,
        ends_of_silences_are_found_among_instants;
    billing:
        charges_are_written_once,
        closed_days_are_recorded_once,
        the_ledger_refuses_what_does_not_sum_to_zero,
        a_payment_stands_beside_one_transaction,
        one_key_is_posted_once,
        runs_keep_their_bounds,
        a_lease_has_one_holder,
        settings_are_kept;
}
