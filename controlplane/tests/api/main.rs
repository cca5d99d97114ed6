//! The API as callers meet it: the real server, one suite of cases for both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod collector;
mod fixture;
mod libvirt;

mod access;
mod audit;
mod batch;
mod billing;
mod catalogue;
mod client;
mod clients;
mod concurrency;
mod disk;
mod domain;
mod dry_run;
mod event_chain;
mod export;
mod grant;
mod idempotency;
mod inventory;
mod invitation;
mod kill;
mod kvm;
mod limits;
mod list;
mod login_session;
mod migration;
mod note;
mod notification;
mod observation;
mod outage;
mod owner;
mod path;
mod payment;
mod project;
mod promotion;
mod public_key;
mod quote;
mod rate_limit;
mod registration;
mod rerun;
mod roles;
mod secrets;
mod standing;
mod token;
mod traffic;
mod user;
mod validation;
mod version;
mod vmware;

/// Runs every case on SQLite and on PostgreSQL; the cases of one module share a server.
macro_rules! suite {
    ($($module:ident: $($case:ident),* $(,)?;)*) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $module() {
                let fixture = crate::fixture::Fixture::sqlite();
                $(crate::$module::$case(&fixture).await;)*
            }
        )*}

        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $module() {
                let fixture = crate::fixture::Fixture::postgres();
                $(crate::$module::$case(&fixture).await;)*
            }
        )*}
    };
}

suite! {
    access:
        access_is_given_at_once_and_taken_back,
        a_client_user_enters_assigned_projects_only,
        a_client_admin_manages_its_client_alone;
    audit:
        every_mutation_is_told,
        secrets_are_in_no_answer_event_or_log,
        a_partner_reads_its_own_events,
        events_are_filtered;
    batch:
        an_operation_is_what_a_call_of_its_own_is,
        a_refused_operation_leaves_no_trace,
        an_atomic_batch_is_all_or_nothing,
        a_key_counts_in_and_out_of_batches,
        what_cannot_be_in_a_batch_is_named,
        a_caller_may_in_a_batch_what_it_may_alone,
        a_thousand_creations_are_one_call;
    billing:
        figure_75_through_the_api,
        late_evidence_corrects_closed_days,
        a_contract_keeps_its_zone,
        an_edit_counts_from_the_next_period,
        a_report_is_put_together_as_it_is_asked,
        a_client_moves_to_another_plan_between_days,
        what_is_booked_is_verified,
        a_run_that_is_killed_or_doubled_books_once,
        a_deleted_clients_contract_is_billed_to_its_end;
    catalogue:
        a_plan_takes_a_name_and_has_the_whole_nomenclature,
        a_plan_in_use_is_not_deleted,
        a_copy_of_a_plan_leaves_it_as_it_is,
        a_plan_tells_its_versions,
        an_inventory_is_taken_when_it_is_asked_for,
        a_resellers_plans_are_the_platforms,
        a_partner_sells_what_it_may,
        a_partner_goes_once_nothing_is_its,
        a_hypervisor_goes_once_nothing_uses_it;
    client:
        a_client_comes_with_contract_and_project,
        a_client_is_edited,
        a_client_is_deleted_and_its_contract_closed,
        new_speeds_leave_what_is_there,
        the_clock_goes_forward_only;
    clients:
        each_is_what_a_client_of_its_own_is,
        a_stream_is_all_or_nothing,
        a_client_has_one_manager,
        a_repeated_stream_is_done_once,
        a_stream_is_for_the_partners_own,
        five_thousand_are_one_call;
    concurrency:
        patches_of_different_fields_all_stay,
        one_code_is_won_once,
        moves_of_the_clock_never_go_back;
    dry_run:
        every_mutation_can_be_tried,
        a_dry_run_claims_no_key_and_tells_nobody;
    disk:
        a_disk_in_another_file_is_the_same,
        a_disk_of_two_machines_is_charged_once,
        disks_of_other_machines_than_the_unread_end;
    domain:
        a_domain_is_linked_to_a_partner_by_the_platform,
        no_name_is_used_twice;
    event_chain:
        what_was_written_is_vouched_for,
        an_edited_event_is_found,
        a_removed_event_is_found,
        reordered_events_are_found,
        a_truncated_log_is_found,
        a_log_from_before_is_chained;
    export:
        a_portfolio_is_written_as_people_write_it;
    grant:
        a_machine_keeps_its_price_until_it_is_reconfigured,
        only_an_exact_match_is_given_the_price,
        a_reconfiguration_ends_and_gives,
        a_system_disk_of_another_tier_ends_the_price,
        a_promotion_ends_with_the_year,
        a_period_is_of_the_partners_days,
        of_several_the_cheaper_is_given,
        the_count_is_never_exceeded,
        a_machine_on_libvirt_is_given_the_price;
    idempotency:
        a_repetition_has_the_same_answer,
        one_key_at_once_makes_one_object,
        a_key_dies_with_its_object,
        a_key_is_forgotten_after_a_day,
        a_caller_forgets_its_own_keys,
        what_there_is_one_of_is_created_once,
        a_refusal_is_not_remembered,
        a_caller_that_goes_away_leaves_all_or_nothing;
    invitation:
        who_is_invited_becomes_a_user,
        an_invitation_ends_and_is_sent_again,
        an_account_elsewhere_is_not_told_of,
        a_message_outlives_its_server;
    inventory:
        two_inventories_without_it_end_a_machine,
        a_failed_reading_ends_nothing,
        a_collector_that_was_overtaken_has_no_say,
        a_mass_loss_takes_three,
        the_hypervisors_word_counts_at_once,
        what_changes_is_recorded_once,
        a_machine_on_two_hypervisors_is_the_firsts,
        what_nobody_owns_is_not_billed,
        what_is_found_is_billed_as_the_services_of_its_platform,
        a_silent_hypervisor_is_degraded_then_down,
        a_server_that_stops_gives_its_collectors_back,
        ten_thousand_machines_are_charged_once_each,
        large_inventories_wait_for_each_other_and_none_is_given_up;
    kill:
        a_storm_of_creates_survives_sigkill;
    kvm:
        no_fault_of_a_host_loses_or_doubles_a_charge,
        a_thousand_machines_are_charged_once_each,
        a_network_that_falls_silent_is_given_up_and_made_up_for,
        counters_that_begin_anew_lose_and_double_nothing,
        a_disk_with_a_snapshot_is_charged_once;
    limits:
        a_partners_own_limits_are_the_platforms,
        client_defaults_are_set_once_and_cleared,
        limits_are_set_kind_by_kind,
        a_client_without_a_plan_takes_the_default_one,
        the_limit_holds_that_leaves_less;
    list:
        lists_are_sorted_and_searched,
        pages_have_bounds,
        clients_and_contracts_are_sorted_by_what_is_around_them,
        an_unknown_order_is_refused_by_every_list,
        a_cursor_misses_and_doubles_nothing,
        a_code_of_two_partners_is_ambiguous;
    login_session:
        a_password_begins_a_session,
        a_refused_login_tells_nothing,
        attempts_are_limited,
        an_impersonation_names_both;
    migration:
        a_move_is_no_end_and_no_beginning,
        what_a_dead_host_had_is_charged_where_it_is_found,
        what_ended_long_ago_begins_anew;
    note:
        a_note_is_written_edited_and_confirmed,
        notes_are_filtered;
    notification:
        a_note_that_falls_due_is_told_of_once,
        whoever_dies_a_note_is_told_of_once,
        a_collector_that_fails_is_told_of_once;
    observation:
        a_batch_is_taken_once,
        a_batch_is_all_or_nothing,
        what_is_gone_stays_gone;
    outage:
        a_silence_is_not_charged_until_all_is_found_as_it_was,
        what_is_found_otherwise_was_not_known,
        what_is_gone_ended_when_it_was_last_seen,
        what_was_found_once_more_ended_after_that,
        the_end_of_a_silence_waits_for_no_client,
        what_is_not_told_after_a_silence_is_waited_for,
        a_silence_that_follows_another_opens_that_one_no_more,
        a_day_that_closes_in_a_silence_is_corrected,
        an_external_source_says_when_it_looked,
        a_run_is_of_what_was_recorded_before_it,
        what_a_log_tells_of_a_silence_is_known;
    owner:
        a_tag_moves_no_bill_of_an_assigned_machine,
        what_a_tag_moves_is_told;
    vmware:
        machines_on_esxi_are_billed_whatever_happens_to_them,
        a_vcenter_that_hangs_is_slow_or_forgets_doubles_nothing,
        an_outage_is_made_up_for_from_the_vcenters_log,
        what_a_certificate_can_be_is_told,
        a_mass_of_machines_without_ids_ends_nothing;
    payment:
        a_payment_counts_once_for_ever,
        payments_at_once_are_one,
        a_correction_is_added_with_its_author,
        payments_and_the_ledger_are_listed;
    project:
        a_project_is_made_renamed_and_deleted,
        the_automatic_project_is_its_clients,
        a_project_with_machines_is_not_deleted;
    promotion:
        a_promotion_is_made_changed_and_deleted,
        all_that_is_wrong_with_a_promotion_is_named,
        promotions_are_sorted_by_date_and_price,
        a_resellers_administrator_has_promotions;
    public_key:
        a_key_has_the_fingerprint_that_others_show,
        what_is_no_public_key_is_named_and_not_repeated,
        a_pair_is_made_and_its_private_half_kept_nowhere,
        a_key_is_its_users_and_its_managers,
        a_user_has_a_hundred_keys_at_most;
    quote:
        a_configuration_is_quoted,
        half_a_machine_is_not_quoted,
        other_prices_are_tried_on_past_days,
        a_quote_is_what_is_charged,
        a_quote_has_the_price_of_a_promotion;
    rate_limit:
        who_calls_too_often_is_told_when_to_come_again;
    registration:
        who_registers_begins_with_the_defaults_of_the_moment,
        nobody_learns_who_is_registered,
        registrations_are_limited;
    rerun:
        what_is_booked_is_computed_again,
        a_rerun_that_is_killed_goes_on,
        a_parked_contract_is_tried_again;
    roles:
        every_endpoint_as_every_role;
    secrets:
        no_secret_is_written_anywhere;
    standing:
        a_prepaid_balance_ends_when_it_was_said,
        money_starts_what_was_stopped,
        grace_and_the_payment_model_decide,
        a_low_balance_is_told_once,
        what_appears_behind_our_back_is_billed_first;
    token:
        a_token_is_shown_once_and_revoked,
        a_partner_makes_tokens_for_its_users;
    traffic:
        traffic_is_charged_by_difference,
        what_cannot_be_a_reading_is_named,
        a_collector_keeps_what_bills_need,
        a_machine_that_changes_hands_is_charged_to_each,
        a_machine_that_moves_begins_its_counters_anew,
        a_run_that_began_since_counts_from_0,
        windows_are_added_once,
        what_passes_on_other_networks_is_not_charged,
        a_connection_that_ends_forgets_no_reading;
    user:
        a_user_is_made_changed_and_deleted,
        who_is_shut_out_has_no_valid_token,
        a_user_says_which_messages_it_gets,
        a_password_is_kept_as_a_hash,
        a_role_of_the_platform_is_the_platforms_own;
    validation:
        all_errors_come_at_once_each_at_its_field,
        prices_are_exact,
        codes_are_refused,
        bodies_that_are_none,
        a_long_body_is_refused_in_words,
        queries_are_checked;
    version:
        an_edit_expects_the_version_it_saw,
        a_refused_edit_is_told_what_changed,
        put_resets_and_patch_merges;
}
