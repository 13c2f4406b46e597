//! The lies that are told and refused: one variant per row of docs/THREATS.md that has a test.

/// A lie that `crates/client/tests/evil_server/` tells and sees refused; docs/THREATS.md has a row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// `a01`: a join among fields that ask to enrol.
    A01Enrolment,
    /// `a02`: a rotation under lists with somebody more.
    A02Rotation,
    /// `a03`: words and addresses that ask for a key.
    A03Dialog,
    /// `a04`: fields that ask a client to enrol, recover or convert.
    A04Injection,
    /// `a05`: groups to which everything would be wrapped.
    A05Groups,
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
    /// `c01`: an organisation that nobody joined.
    C01Organization,
    /// `c02`: everything replaced right after creation.
    C02Overwrite,
    /// `c03`: the server's key in a recipient's place.
    C03RecipientKey,
    /// `c04`: slots and bundles of another making.
    C04OwnKeys,
    /// `d01`: versions and flags of the past.
    D01Version,
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
    /// `x02`: variables that a program acts on.
    X02Variables,
    /// `x03`: expanded references, imports, overrides.
    X03Expansion,
    /// `x04`: names that a server aliases.
    X04Aliases,
    /// `x05`: one environment served for another.
    X05EnvironmentSwap,
    /// `x06`: an environment restored from an old snapshot.
    X06LogRollback,
    /// `x07`: two continuations, and a merge of them.
    X07Fork,
    /// `x08`: an old keyring.
    X08KeyringRollback,
    /// `x09`: a reader who writes with the server.
    X09Reader,
    /// `x10`: another key for each member.
    X10MemberKeys,
    /// `x11`: grants replayed and hidden.
    X11Grants,
    /// `x12`: the key of a request for access exchanged.
    X12RequestKey,
    /// `x14`: shares exchanged.
    X14ShareSwap,
    /// `x15`: clocks that lie.
    X15Clocks,
    /// `x16`: redirects.
    X16Redirect,
    /// `x17`: answers without end.
    X17Exhaustion,
    /// `x19`: injections that would change others' sizes.
    X19Sizes,
    /// `x20`: JSON that means two things.
    X20Json,
    /// `x21`: a record backdated before its author's removal.
    X21Backdated,
    /// `x22`: another project's wraps.
    X22OtherProject,
    /// `x23`: rows withheld while their record is held.
    X23Projection,
    /// `x24`: two records of one number.
    X24Collision,
    /// `x25`: another project with the account's marker.
    X25Marker,
    /// `x26`: people and keys exchanged after an invitation.
    X26Exchange,
    /// `x27`: a change policy in the way.
    X27Policy,
    /// `x28`: rules for requests weakened, set back and set by others.
    X28Rules,
    /// `x29`: one approver with the server in the place of two.
    X29TooFew,
    /// `x30`: a request changed after it was approved.
    X30ChangedText,
    /// `x31`: a machine shown another project, other keys, or an older one.
    X31Machine,
}

impl Lie {
    /// Every lie.
    pub const ALL: [Self; 51] = [
        Self::A01Enrolment,
        Self::A02Rotation,
        Self::A03Dialog,
        Self::A04Injection,
        Self::A05Groups,
        Self::B01Metadata,
        Self::B02Swap,
        Self::B03Icons,
        Self::B04Kdf,
        Self::B05BitFlips,
        Self::B06Move,
        Self::B07Replay,
        Self::B08Injection,
        Self::C01Organization,
        Self::C02Overwrite,
        Self::C03RecipientKey,
        Self::C04OwnKeys,
        Self::D01Version,
        Self::D02Vanished,
        Self::D03Envelopes,
        Self::D04Oracle,
        Self::D05RawKeys,
        Self::X01Plaintext,
        Self::X02Variables,
        Self::X03Expansion,
        Self::X04Aliases,
        Self::X05EnvironmentSwap,
        Self::X06LogRollback,
        Self::X07Fork,
        Self::X08KeyringRollback,
        Self::X09Reader,
        Self::X10MemberKeys,
        Self::X11Grants,
        Self::X12RequestKey,
        Self::X14ShareSwap,
        Self::X15Clocks,
        Self::X16Redirect,
        Self::X17Exhaustion,
        Self::X19Sizes,
        Self::X20Json,
        Self::X21Backdated,
        Self::X22OtherProject,
        Self::X23Projection,
        Self::X24Collision,
        Self::X25Marker,
        Self::X26Exchange,
        Self::X27Policy,
        Self::X28Rules,
        Self::X29TooFew,
        Self::X30ChangedText,
        Self::X31Machine,
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
