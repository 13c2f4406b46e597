//! Names of the style sheet: pictures, tones, buttons; and ids that join a label, a hint and an error to their control.

use std::cell::Cell;

macro_rules! glyphs {
    ($($variant:ident = $name:literal,)*) => {
        /// Which picture of the sprite.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Glyph { $(#[doc = concat!("`i-", $name, "`")] $variant,)* }

        impl Glyph {
            /// Every picture, for tests.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Address of the picture inside the sprite.
            #[must_use]
            pub fn href(self) -> &'static str {
                match self { $(Self::$variant => concat!("/icons.svg#i-", $name),)* }
            }
        }
    };
}

glyphs! {
    Lock = "lock",
    Unlock = "unlock",
    Key = "key",
    Eye = "eye",
    EyeOff = "eye-off",
    Copy = "copy",
    Check = "check",
    X = "x",
    Plus = "plus",
    Search = "search",
    Folder = "folder",
    Upload = "upload",
    Download = "download",
    Share = "share",
    Clock = "clock",
    History = "history",
    Alert = "alert",
    Info = "info",
    ShieldCheck = "shield-check",
    ShieldAlert = "shield-alert",
    User = "user",
    Users = "users",
    Inbox = "inbox",
    List = "list",
    Grid = "grid",
    Layers = "layers",
    ChevronRight = "chevron-right",
    ChevronDown = "chevron-down",
    Updown = "updown",
    More = "more",
    Pencil = "pencil",
    Trash = "trash",
    Undo = "undo",
    Server = "server",
    Moon = "moon",
    ArrowUp = "arrow-up",
    ArrowDown = "arrow-down",
    Ref = "ref",
    Comment = "comment",
    Lines = "lines",
    Equal = "equal",
    Differs = "differs",
    Ban = "ban",
    Send = "send",
    Hourglass = "hourglass",
    Printer = "printer",
    Sliders = "sliders",
    Flame = "flame",
    Settings = "settings",
    Help = "help",
    Refresh = "refresh",
    Qr = "qr",
    Offline = "offline",
    Minus = "minus",
    Mark = "mark",
}

/// How much a button stands out. One primary button per view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The usual one.
    #[default]
    Plain,
    /// The act the page exists for.
    Primary,
    /// Opens a destructive question.
    Danger,
    /// Does the destructive thing; its word is the verb.
    DangerFill,
    /// Quiet, such as Cancel.
    Ghost,
}

/// How large a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// In rows and toolbars.
    Small,
    /// The usual one.
    #[default]
    Medium,
    /// On single-task pages.
    Large,
}

/// The classes of a button.
pub fn button_class(kind: ButtonKind, size: ButtonSize, block: bool) -> String {
    let kind = match kind {
        ButtonKind::Plain => "",
        ButtonKind::Primary => " btn--primary",
        ButtonKind::Danger => " btn--danger",
        ButtonKind::DangerFill => " btn--danger-fill",
        ButtonKind::Ghost => " btn--ghost",
    };
    let size = match size {
        ButtonSize::Small => " btn--sm",
        ButtonSize::Medium => "",
        ButtonSize::Large => " btn--lg",
    };
    format!("btn{kind}{size}{}", if block { " btn--block" } else { "" })
}

/// The tone of a badge, banner or ring. Colour never stands alone: words and an icon go with it.
///
/// What a coloured thing says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Sealed, verified, selected.
    Accent,
    /// Done, new.
    Positive,
    /// Time or change.
    Caution,
    /// Loss or tampering.
    Danger,
    /// Differs, reference, information.
    Info,
}

impl Tone {
    /// The value of `data-tone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Accent => "accent",
            Self::Positive => "positive",
            Self::Caution => "caution",
            Self::Danger => "danger",
            Self::Info => "info",
        }
    }
}

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// An id that no other element of this page has.
#[must_use]
pub fn unique_id(prefix: &str) -> String {
    NEXT.with(|next| {
        next.set(next.get() + 1);
        format!("{prefix}-{}", next.get())
    })
}
