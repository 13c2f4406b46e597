//! Generic widgets. They know nothing of Coffer and import nothing from the crate but each other.

pub mod badge;
pub mod banner;
pub mod button;
pub mod card;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod icon;
pub mod menu;
pub mod page;
pub mod progress;
pub mod qr;
pub mod ring;
pub mod seg;
pub mod skeleton;
pub mod table;
pub mod toast;

pub use badge::{Badge, Count};
pub use banner::Banner;
pub use button::{Button, ButtonKind, ButtonSize, IconButton, LinkButton};
pub use card::{Card, Fact, Facts, GlyphTile, Outcome, SoloPage};
pub use coffer_page::look::{Tone, unique_id};
pub use dialog::{Confirm, Dialog, DialogFoot, DialogForm, Modal};
pub use empty::{Empty, EmptyArt};
pub use field::{
    Check, Drop, FieldError, InputKind, PassphraseField, SelectField, Switch, TextArea, TextField,
};
pub use icon::{Glyph, Icon, IconSize, Mark};
pub use menu::{Menu, MenuItem, MenuRule};
pub use page::PageHead;
pub use progress::{Meter, Progress, Step, StepState, Steps};
pub use qr::QrCode;
pub use ring::{Ring, Spinner};
pub use seg::{Choices, Picks, Seg, Tabs};
pub use skeleton::{SkeletonLines, SkeletonTable};
pub use table::Table;
pub use toast::{ToastHost, ToastItem};
