//! Icons: `<use>` of one sprite file, so that the page needs no inline picture.

use leptos::prelude::*;

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
    CheckCircle = "check-circle",
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
    Shield = "shield",
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
    External = "external",
    Server = "server",
    Globe = "globe",
    Moon = "moon",
    ArrowRight = "arrow-right",
    ArrowUp = "arrow-up",
    ArrowDown = "arrow-down",
    Ref = "ref",
    Tag = "tag",
    Comment = "comment",
    Lines = "lines",
    Equal = "equal",
    Differs = "differs",
    Ban = "ban",
    Filter = "filter",
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
    Asterisk = "asterisk",
    Command = "command",
    Mark = "mark",
}

/// How large an icon is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconSize {
    /// 14 px, beside small text.
    Small,
    /// 16 px.
    #[default]
    Medium,
    /// 20 px.
    Large,
}

/// A picture that only repeats what the words beside it say: hidden from screen readers.
#[component]
pub fn Icon(
    /// Which picture.
    glyph: Glyph,
    /// How large.
    #[prop(optional)]
    size: IconSize,
) -> impl IntoView {
    let class = match size {
        IconSize::Small => "i i-sm",
        IconSize::Medium => "i",
        IconSize::Large => "i i-lg",
    };
    view! {
        <svg class=class aria-hidden="true">
            <use_ href=glyph.href()></use_>
        </svg>
    }
}

/// The sign of Coffer.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" aria-hidden="true">
            <use_ href=Glyph::Mark.href()></use_>
        </svg>
    }
}
