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
    a04_is_refused => A04Injection,
    b01_is_refused => B01Metadata,
    b02_is_refused => B02Swap,
    b03_is_refused => B03Icons,
    b04_is_refused => B04Kdf,
    b05_is_refused => B05BitFlips,
    b06_is_refused => B06Move,
    b07_is_refused => B07Replay,
    b08_is_refused => B08Injection,
    c02_is_refused => C02Overwrite,
    c04_is_refused => C04OwnKeys,
    d02_is_refused => D02Vanished,
    d03_is_refused => D03Envelopes,
    d04_is_refused => D04Oracle,
    d05_is_refused => D05RawKeys,
    x01_is_refused => X01Plaintext,
    x03_is_refused => X03Expansion,
    x04_is_refused => X04Aliases,
    x05_is_refused => X05EnvironmentSwap,
    x06_is_refused => X06LogRollback,
    x08_is_refused => X08KeyringRollback,
    x14_is_refused => X14ShareSwap,
    x15_is_refused => X15Clocks,
    x16_is_refused => X16Redirect,
    x17_is_refused => X17Exhaustion,
    x20_is_refused => X20Json,
    x23_is_refused => X23Projection,
    x27_is_refused => X27Policy,
}

async fn assert_refused(lie: Lie) {
    match lie {
        Lie::A04Injection => a::unlocking_among_injected_fields_writes_nothing().await,
        Lie::B06Move => b::a_moved_row_is_not_taken_there().await,
        Lie::B08Injection => b::a_project_that_nobody_introduced_stays_closed().await,
        Lie::X03Expansion => x::nothing_is_expanded_or_imported().await,
        Lie::X08KeyringRollback => x::an_old_keyring_is_noticed().await,
        Lie::X15Clocks => x::clocks_decide_nothing_about_history().await,
        Lie::B01Metadata => b::metadata_changes_nothing().await,
        Lie::B02Swap => b::swapped_values_are_not_shown().await,
        Lie::B03Icons => b::values_that_look_like_addresses_go_nowhere().await,
        Lie::B04Kdf => b::weaker_key_derivation_is_refused_before_it_runs().await,
        Lie::B05BitFlips => b::every_flipped_bit_is_refused_alike().await,
        Lie::B07Replay => b::dropped_old_doubled_and_restored_secrets_are_told().await,
        Lie::C02Overwrite => c::an_environment_replaced_after_creation_is_refused().await,
        Lie::C04OwnKeys => c::slots_and_bundles_of_another_making_are_refused().await,
        Lie::D02Vanished => d::empty_answers_never_start_anew().await,
        Lie::D03Envelopes => d::other_envelopes_are_unknown().await,
        Lie::D04Oracle => d::all_mutations_look_the_same_from_outside().await,
        Lie::D05RawKeys => d::passphrases_that_look_like_keys_are_stretched().await,
        Lie::X01Plaintext => x::plaintext_is_never_taken_for_a_value().await,
        Lie::X04Aliases => x::an_aliased_name_is_another_name().await,
        Lie::X05EnvironmentSwap => x::an_environment_served_for_another_is_refused().await,
        Lie::X06LogRollback => x::an_old_snapshot_is_noticed().await,
        Lie::X14ShareSwap => shares::exchanged_shares_are_damaged().await,
        Lie::X16Redirect => x::redirects_are_not_followed().await,
        Lie::X17Exhaustion => x::answers_have_an_end().await,
        Lie::X20Json => x::json_that_means_two_things_is_refused().await,
        Lie::X23Projection => x::withheld_rows_are_read_from_their_records().await,
        Lie::X27Policy => x::a_policy_in_the_way_is_named_and_loses_nothing().await,
    }
}
