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
use std::pin::Pin;

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
    // Each by itself: room for all of them at once is more than a thread's stack has.
    let check: Pin<Box<dyn Future<Output = ()>>> = match lie {
        Lie::A01Enrolment => Box::pin(a::joining_among_injected_fields_enrols_nobody()),
        Lie::A02Rotation => Box::pin(a::a_rotation_is_wrapped_to_verified_readers_only()),
        Lie::A03Dialog => Box::pin(a::a_servers_dialogs_lead_nowhere()),
        Lie::A04Injection => Box::pin(a::unlocking_among_injected_fields_writes_nothing()),
        Lie::A05Groups => Box::pin(a::every_wrap_goes_to_a_reader_of_the_keyring()),
        Lie::B01Metadata => Box::pin(b::metadata_changes_nothing()),
        Lie::B02Swap => Box::pin(b::swapped_values_are_not_shown()),
        Lie::B03Icons => Box::pin(b::values_that_look_like_addresses_go_nowhere()),
        Lie::B04Kdf => Box::pin(b::weaker_key_derivation_is_refused_before_it_runs()),
        Lie::B05BitFlips => Box::pin(b::every_flipped_bit_is_refused_alike()),
        Lie::B06Move => Box::pin(b::a_moved_row_is_not_taken_there()),
        Lie::B07Replay => Box::pin(b::dropped_old_doubled_and_restored_secrets_are_told()),
        Lie::B08Injection => Box::pin(b::a_project_that_nobody_introduced_stays_closed()),
        Lie::C01Organization => Box::pin(c::an_organisation_that_the_server_adds_is_believed_in_nothing()),
        Lie::C02Overwrite => Box::pin(c::an_environment_replaced_after_creation_is_refused()),
        Lie::C03RecipientKey => Box::pin(c::keys_of_the_servers_making_are_given_nothing()),
        Lie::C04OwnKeys => Box::pin(c::slots_and_bundles_of_another_making_are_refused()),
        Lie::D01Version => Box::pin(d::versions_and_flags_change_no_byte()),
        Lie::D02Vanished => Box::pin(d::empty_answers_never_start_anew()),
        Lie::D03Envelopes => Box::pin(d::other_envelopes_are_unknown()),
        Lie::D04Oracle => Box::pin(d::all_mutations_look_the_same_from_outside()),
        Lie::D05RawKeys => Box::pin(d::passphrases_that_look_like_keys_are_stretched()),
        Lie::X01Plaintext => Box::pin(x::plaintext_is_never_taken_for_a_value()),
        Lie::X02Variables => Box::pin(x::added_variables_are_strangers()),
        Lie::X03Expansion => Box::pin(x::nothing_is_expanded_or_imported()),
        Lie::X04Aliases => Box::pin(x::an_aliased_name_is_another_name()),
        Lie::X05EnvironmentSwap => Box::pin(x::an_environment_served_for_another_is_refused()),
        Lie::X06LogRollback => Box::pin(x::an_old_snapshot_is_noticed()),
        Lie::X07Fork => Box::pin(insiders::different_continuations_never_merge()),
        Lie::X08KeyringRollback => Box::pin(x::an_old_keyring_is_noticed()),
        Lie::X09Reader => Box::pin(insiders::a_reader_with_the_server_writes_nothing()),
        Lie::X10MemberKeys => Box::pin(insiders::members_hold_the_same_key()),
        Lie::X11Grants => Box::pin(grants::grants_are_neither_replayed_nor_hidden()),
        Lie::X12RequestKey => Box::pin(grants::a_requests_key_is_its_makers()),
        Lie::X28Rules => Box::pin(grants::rules_are_the_admins()),
        Lie::X29TooFew => Box::pin(grants::one_approver_and_the_server_are_not_two()),
        Lie::X30ChangedText => Box::pin(grants::an_approval_is_of_the_text_that_was_read()),
        Lie::X31Machine => Box::pin(machines::a_machine_believes_what_its_token_leads_to()),
        Lie::X14ShareSwap => Box::pin(shares::exchanged_shares_are_damaged()),
        Lie::X15Clocks => Box::pin(x::clocks_decide_nothing_about_history()),
        Lie::X16Redirect => Box::pin(x::redirects_are_not_followed()),
        Lie::X17Exhaustion => Box::pin(x::answers_have_an_end()),
        Lie::X19Sizes => Box::pin(insiders::what_one_member_writes_changes_no_size_of_anothers()),
        Lie::X20Json => Box::pin(x::json_that_means_two_things_is_refused()),
        Lie::X21Backdated => Box::pin(insiders::a_backdated_record_is_refused()),
        Lie::X22OtherProject => Box::pin(insiders::another_projects_wraps_are_refused()),
        Lie::X23Projection => Box::pin(x::withheld_rows_are_read_from_their_records()),
        Lie::X24Collision => Box::pin(insiders::fifty_writers_and_a_server_that_cannot_count()),
        Lie::X25Marker => Box::pin(insiders::an_account_lives_where_its_device_and_kit_say()),
        Lie::X26Exchange => Box::pin(insiders::keys_exchanged_between_invitation_and_wrap_get_nothing()),
        Lie::X27Policy => Box::pin(x::a_policy_in_the_way_is_named_and_loses_nothing()),
    };
    check.await;
}
