//! The lies that are told and refused: one variant per row of docs/THREATS.md that has a test.

/// A lie that `crates/client/tests/evil_server/` tells and sees refused; docs/THREATS.md has a row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// `a04`: fields that ask a client to enrol, recover or convert.
    A04Injection,
    /// `b01`: changed metadata fields.
    B01Metadata,
    /// `b02`: two secrets exchanged, in place, over folders and over environments.
    B02Swap,
    /// `b03`: values that look like addresses.
    B03Icons,
    /// `b04`: weakened, unknown and absent key derivation.
    B04Kdf,
    /// `b05`: flipped bits.
    B05BitFlips,
    /// `b06`: a secret moved on the server.
    B06Move,
    /// `b07`: dropped, old, doubled and restored secrets.
    B07Replay,
    /// `b08`: a project that nobody introduced.
    B08Injection,
    /// `c02`: everything replaced right after creation.
    C02Overwrite,
    /// `c04`: slots and bundles of another making.
    C04OwnKeys,
    /// `d02`: empty answers to somebody who knows better.
    D02Vanished,
    /// `d03`: other envelopes.
    D03Envelopes,
    /// `d04`: a decryption oracle.
    D04Oracle,
    /// `d05`: passphrases that look like keys.
    D05RawKeys,
    /// `x01`: plaintext in the place of a sealed value.
    X01Plaintext,
    /// `x03`: expanded references, imports, overrides.
    X03Expansion,
    /// `x04`: names that a server aliases.
    X04Aliases,
    /// `x05`: one environment served for another.
    X05EnvironmentSwap,
    /// `x06`: an environment restored from an old snapshot.
    X06LogRollback,
    /// `x08`: an old keyring.
    X08KeyringRollback,
    /// `x14`: shares exchanged.
    X14ShareSwap,
    /// `x15`: clocks that lie.
    X15Clocks,
    /// `x16`: redirects.
    X16Redirect,
    /// `x17`: answers without end.
    X17Exhaustion,
    /// `x20`: JSON that means two things.
    X20Json,
    /// `x23`: rows withheld while their record is held.
    X23Projection,
    /// `x27`: a change policy in the way.
    X27Policy,
}

impl Lie {
    /// Every lie.
    pub const ALL: [Self; 28] = [
        Self::A04Injection,
        Self::B01Metadata,
        Self::B02Swap,
        Self::B03Icons,
        Self::B04Kdf,
        Self::B05BitFlips,
        Self::B06Move,
        Self::B07Replay,
        Self::B08Injection,
        Self::C02Overwrite,
        Self::C04OwnKeys,
        Self::D02Vanished,
        Self::D03Envelopes,
        Self::D04Oracle,
        Self::D05RawKeys,
        Self::X01Plaintext,
        Self::X03Expansion,
        Self::X04Aliases,
        Self::X05EnvironmentSwap,
        Self::X06LogRollback,
        Self::X08KeyringRollback,
        Self::X14ShareSwap,
        Self::X15Clocks,
        Self::X16Redirect,
        Self::X17Exhaustion,
        Self::X20Json,
        Self::X23Projection,
        Self::X27Policy,
    ];

    /// The row of docs/THREATS.md.
    pub fn row(self) -> String {
        format!("{self:?}")
            .chars()
            .take(3)
            .collect::<String>()
            .to_lowercase()
    }
}
