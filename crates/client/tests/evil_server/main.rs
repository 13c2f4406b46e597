//! What a lying server can try, and what answers it: one variant of [`Lie`] per row of docs/THREATS.md.
//!
//! Four oracles apply to every lie: the exact answer, no plaintext handed out, nothing secret sent, pins unmoved by a
//! failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may"
)]

mod a;
mod b;
mod c;
mod d;
mod grants;
mod insiders;
mod machines;
mod shares;
mod stage;
mod x;

use coffer_testkit::{Lie, run};

/// One test per lie, so that each has its name in the report.
macro_rules! lies {
    ($($test:ident => $lie:ident,)*) => {
        $(
            #[test]
            fn $test() {
                run(assert_refused(Lie::$lie));
            }
        )*

        #[test]
        fn every_lie_has_its_test_and_its_row() {
            let tested = [$((Lie::$lie, stringify!($test))),*];
            assert_eq!(tested.map(|(lie, _)| lie), Lie::ALL);
            for (lie, name) in tested {
                assert_eq!(name, format!("{}_is_refused", lie.row()));
            }
        }
    };
}

lies! {
    a01_is_refused => A01Enrolment,
    a02_is_refused => A02Rotation,
    a03_is_refused => A03Dialog,
    a04_is_refused => A04Injection,
    a05_is_refused => A05Groups,
    b01_is_refused => B01Metadata,
    b02_is_refused => B02Swap,
    b03_is_refused => B03Icons,
    b04_is_refused => B04Kdf,
    b05_is_refused => B05BitFlips,
    b06_is_refused => B06Move,
    b07_is_refused => B07Replay,
    b08_is_refused => B08Injection,
    c01_is_refused => C01Organization,
    c02_is_refused => C02Overwrite,
    c03_is_refused => C03RecipientKey,
    c04_is_refused => C04OwnKeys,
    d01_is_refused => D01Version,
    d02_is_refused => D02Vanished,
    d03_is_refused => D03Envelopes,
    d04_is_refused => D04Oracle,
    d05_is_refused => D05RawKeys,
    x01_is_refused => X01Plaintext,
    x02_is_refused => X02Variables,
    x03_is_refused => X03Expansion,
    x04_is_refused => X04Aliases,
    x05_is_refused => X05EnvironmentSwap,
    x06_is_refused => X06LogRollback,
    x07_is_refused => X07Fork,
    x08_is_refused => X08KeyringRollback,
    x09_is_refused => X09Reader,
    x10_is_refused => X10MemberKeys,
    x11_is_refused => X11Grants,
    x12_is_refused => X12RequestKey,
    x14_is_refused => X14ShareSwap,
    x15_is_refused => X15Clocks,
    x16_is_refused => X16Redirect,
    x17_is_refused => X17Exhaustion,
    x19_is_refused => X19Sizes,
    x20_is_refused => X20Json,
    x21_is_refused => X21Backdated,
    x22_is_refused => X22OtherProject,
    x23_is_refused => X23Projection,
    x24_is_refused => X24Collision,
    x25_is_refused => X25Marker,
    x26_is_refused => X26Exchange,
    x27_is_refused => X27Policy,
    x28_is_refused => X28Rules,
    x29_is_refused => X29TooFew,
    x30_is_refused => X30ChangedText,
    x31_is_refused => X31Machine,
}

async fn assert_refused(lie: Lie) {
    match lie {
        Lie::A01Enrolment => a::joining_among_injected_fields_enrols_nobody().await,
        Lie::A02Rotation => a::a_rotation_is_wrapped_to_verified_readers_only().await,
        Lie::A03Dialog => a::a_servers_dialogs_lead_nowhere().await,
        Lie::A04Injection => a::unlocking_among_injected_fields_writes_nothing().await,
        Lie::A05Groups => a::every_wrap_goes_to_a_reader_of_the_keyring().await,
        Lie::B01Metadata => b::metadata_changes_nothing().await,
        Lie::B02Swap => b::swapped_values_are_not_shown().await,
        Lie::B03Icons => b::values_that_look_like_addresses_go_nowhere().await,
        Lie::B04Kdf => b::weaker_key_derivation_is_refused_before_it_runs().await,
        Lie::B05BitFlips => b::every_flipped_bit_is_refused_alike().await,
        Lie::B06Move => b::a_moved_row_is_not_taken_there().await,
        Lie::B07Replay => b::dropped_old_doubled_and_restored_secrets_are_told().await,
        Lie::B08Injection => b::a_project_that_nobody_introduced_stays_closed().await,
        Lie::C01Organization => c::an_organisation_that_the_server_adds_is_believed_in_nothing().await,
        Lie::C02Overwrite => c::an_environment_replaced_after_creation_is_refused().await,
        Lie::C03RecipientKey => c::keys_of_the_servers_making_are_given_nothing().await,
        Lie::C04OwnKeys => c::slots_and_bundles_of_another_making_are_refused().await,
        Lie::D01Version => d::versions_and_flags_change_no_byte().await,
        Lie::D02Vanished => d::empty_answers_never_start_anew().await,
        Lie::D03Envelopes => d::other_envelopes_are_unknown().await,
        Lie::D04Oracle => d::all_mutations_look_the_same_from_outside().await,
        Lie::D05RawKeys => d::passphrases_that_look_like_keys_are_stretched().await,
        Lie::X01Plaintext => x::plaintext_is_never_taken_for_a_value().await,
        Lie::X02Variables => x::added_variables_are_strangers().await,
        Lie::X03Expansion => x::nothing_is_expanded_or_imported().await,
        Lie::X04Aliases => x::an_aliased_name_is_another_name().await,
        Lie::X05EnvironmentSwap => x::an_environment_served_for_another_is_refused().await,
        Lie::X06LogRollback => x::an_old_snapshot_is_noticed().await,
        Lie::X07Fork => insiders::different_continuations_never_merge().await,
        Lie::X08KeyringRollback => x::an_old_keyring_is_noticed().await,
        Lie::X09Reader => insiders::a_reader_with_the_server_writes_nothing().await,
        Lie::X10MemberKeys => insiders::members_hold_the_same_key().await,
        Lie::X11Grants => grants::grants_are_neither_replayed_nor_hidden().await,
        Lie::X12RequestKey => grants::a_requests_key_is_its_makers().await,
        Lie::X28Rules => grants::rules_are_the_admins().await,
        Lie::X29TooFew => grants::one_approver_and_the_server_are_not_two().await,
        Lie::X30ChangedText => grants::an_approval_is_of_the_text_that_was_read().await,
        Lie::X31Machine => machines::a_machine_believes_what_its_token_leads_to().await,
        Lie::X14ShareSwap => shares::exchanged_shares_are_damaged().await,
        Lie::X15Clocks => x::clocks_decide_nothing_about_history().await,
        Lie::X16Redirect => x::redirects_are_not_followed().await,
        Lie::X17Exhaustion => x::answers_have_an_end().await,
        Lie::X19Sizes => insiders::what_one_member_writes_changes_no_size_of_anothers().await,
        Lie::X20Json => x::json_that_means_two_things_is_refused().await,
        Lie::X21Backdated => insiders::a_backdated_record_is_refused().await,
        Lie::X22OtherProject => insiders::another_projects_wraps_are_refused().await,
        Lie::X23Projection => x::withheld_rows_are_read_from_their_records().await,
        Lie::X24Collision => insiders::fifty_writers_and_a_server_that_cannot_count().await,
        Lie::X25Marker => insiders::an_account_lives_where_its_device_and_kit_say().await,
        Lie::X26Exchange => insiders::keys_exchanged_between_invitation_and_wrap_get_nothing().await,
        Lie::X27Policy => x::a_policy_in_the_way_is_named_and_loses_nothing().await,
    }
}
