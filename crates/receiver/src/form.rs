//! A form that somebody was sent, to be filled in: `/r#…`.
//!
//! What is typed stays in the page's own elements and in one place here, which is wiped with the page.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use coffer_client::{Error, FormField, FormFieldKind, ReceivedForm, SealedAnswer, form_from_link};
use coffer_page::{
    clock, dates, file,
    look::{Glyph, Tone, unique_id},
    mark,
    server::{client, this_server},
};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, HtmlInputElement, HtmlTextAreaElement};
use zeroize::Zeroizing;

use crate::{
    dom::{El, FieldError, button, el, icon, icon_button, input, submit, tile, while_there},
    frame::{Frame, Lost, LostWords, Page, banned, begun, count, may_have_arrived, told, when},
    later,
    opened::Around as _,
    words,
};

/// Where the page stands. What it holds dies with it.
#[derive(Clone)]
enum Stage {
    /// It takes no more answers. One that was sent from here may be among those it has.
    Answered { maybe_ours: bool },
    /// Its time is over.
    Ended(u64),
    /// It waits for its answer.
    Fill(ReceivedForm),
    /// There is no usable form, or no longer.
    Lost(Lost),
    /// The server does not know it.
    Missing,
    /// Sealed and sent.
    Sent,
}

/// What was entered into one field.
#[derive(Clone, Default)]
struct Entry {
    content: Zeroizing<Vec<u8>>,
    file_name: String,
}

/// Everything that was entered: the fields in their order, and a remark.
#[derive(Clone, Default)]
struct Entered {
    fields: Vec<Entry>,
    note: Zeroizing<String>,
    /// All of it, sealed and sent; its receipt may have got lost. Gone with every change.
    sent: Option<SealedAnswer>,
}

impl Entered {
    /// The texts among it, each after the name of its field.
    fn texts(&self, fields: &[FormField]) -> Zeroizing<String> {
        let named = fields.iter().zip(&self.fields);
        let texts = named.filter_map(|(field, entry)| {
            let text = std::str::from_utf8(&entry.content).ok()?;
            (field.kind != FormFieldKind::File).then_some((field.label.as_str(), text))
        });
        let note = (words::form_note(), self.note.as_str());
        let mut out = Zeroizing::default();
        for (name, text) in texts.chain([note]).filter(|(_, text)| !text.is_empty()) {
            for part in [name, ":\n", text, "\n\n"] {
                String::push_str(&mut out, part);
            }
        }
        out
    }

    /// What it takes of the room of an answer (§12: a layout, the list, and a frame around every field).
    fn size(&self) -> usize {
        let fields = self.fields.iter();
        let taken = fields.map(|entry| FIELD_FRAME + entry.content.len() + entry.file_name.len());
        FRAME + taken.sum::<usize>() + self.note.len()
    }

    /// By how much it is more than the room.
    fn over(&self) -> Option<usize> {
        self.size().checked_sub(ROOM).filter(|over| *over > 0)
    }

    fn is_empty(&self) -> bool {
        self.fields.iter().all(|entry| entry.content.is_empty())
    }
}

/// A form that somebody was sent.
pub(crate) struct FormPage {
    frame: Rc<Frame>,
    stage: RefCell<Stage>,
    entered: Rc<RefCell<Entered>>,
    /// A try got no receipt: it may have arrived.
    unreceipted: Cell<bool>,
    /// The texts that were entered and that the form did not take.
    kept: RefCell<Option<Zeroizing<String>>>,
    fill: RefCell<Option<Rc<Fill>>>,
}

impl FormPage {
    /// Judges what stood behind `#`, without asking anybody.
    pub(crate) fn new(frame: Rc<Frame>) -> Self {
        Self {
            frame,
            stage: RefCell::new(begun(received, Stage::Lost, HELD, (SENT, Stage::Sent))),
            entered: Rc::default(),
            unreceipted: Cell::default(),
            kept: RefCell::default(),
            fill: RefCell::default(),
        }
    }

    /// Somebody else was quicker, or a try of this page whose receipt got lost: what was entered can still be copied.
    fn keep_texts(&self, fill: &Fill) {
        let texts = self.entered.borrow().texts(&fill.form.fields);
        self.kept.replace((!texts.is_empty()).then_some(texts));
        self.go(Stage::Answered {
            maybe_ours: self.unreceipted.get(),
        });
    }

    /// What was entered and not taken, to be copied.
    fn copies_kept(self: &Rc<Self>) -> Vec<El> {
        if self.kept.borrow().is_none() {
            return Vec::new();
        }
        let copy = while_there(self, |page| {
            if let Some(texts) = page.kept.borrow().clone() {
                page.frame.copy_secret(texts, words::form_kept());
            }
        });
        let copy = button("btn btn--block", Some(Glyph::Copy), words::form_copy_kept(), copy);
        vec![el("p", "muted").text(words::form_kept_body()), copy]
    }

    fn go(&self, stage: Stage) {
        if !matches!(stage, Stage::Fill(_)) {
            self.entered.take();
        }
        if !matches!(stage, Stage::Answered { .. }) {
            self.kept.take();
        }
        self.stage.replace(stage);
        self.frame.redraw();
    }

    /// Goes on with a pasted key or whole link. False when it is none.
    fn takes_key(self: &Rc<Self>) -> impl Fn(&str) -> bool + use<> {
        let page = Rc::clone(self);
        move |text| {
            let stage = received(text);
            let is_key = matches!(stage, Stage::Fill(_) | Stage::Ended(_));
            if is_key {
                page.go(stage);
            }
            is_key
        }
    }
}

impl Page for FormPage {
    fn how(&self) -> [&'static str; 3] {
        [words::form_how_1(), words::form_how_2(), words::form_how_3()]
    }

    fn cards(self: Rc<Self>) -> Vec<El> {
        self.fill.take();
        let stage = self.stage.borrow().clone();
        let card = match stage {
            Stage::Answered { maybe_ours } => {
                let body = if maybe_ours {
                    words::form_answered_lost()
                } else {
                    words::form_answered_body()
                };
                let title = words::form_answered_title();
                told(Glyph::Inbox, Tone::Caution, title, body, self.copies_kept())
            }
            Stage::Ended(at) => {
                let (title, body) = (words::form_ended_title(), words::form_ended_body(&when(at)));
                told(Glyph::Clock, Tone::Plain, title, &body, Vec::new())
            }
            Stage::Fill(form) => {
                let fill = Fill::new(Rc::downgrade(&self), form, Rc::clone(&self.entered));
                let card = fill.card();
                self.fill.replace(Some(fill));
                card
            }
            Stage::Lost(lost) => {
                let words = LostWords {
                    gone: words::form_gone_body(),
                    cut: words::form_incomplete_body(),
                    damaged: words::form_damaged_body(),
                    newer: words::form_newer_body(),
                };
                lost.card(&words, self.takes_key())
            }
            Stage::Missing => {
                let (title, body) = (words::form_missing_title(), words::form_missing_body());
                told(Glyph::Search, Tone::Plain, title, body, Vec::new())
            }
            Stage::Sent => {
                let (title, body) = (words::form_done_title(), words::form_done_body());
                told(Glyph::Check, Tone::Accent, title, body, Vec::new())
            }
        };
        vec![card]
    }

    fn arrive(self: Rc<Self>, fragment: Zeroizing<String>) {
        self.entered.take();
        self.unreceipted.set(false);
        self.go(received(&fragment));
    }

    /// What was entered is here until it is sent.
    fn would_lose(&self) -> bool {
        let entered = self.entered.borrow();
        !entered.is_empty() || !entered.note.is_empty() || self.kept.borrow().is_some()
    }
}

/// What a fragment, or what was pasted in its place, leads to.
fn received(text: &str) -> Stage {
    match form_from_link(text) {
        Ok(form) => {
            mark::set(HELD);
            if form.not_after <= clock::now() {
                Stage::Ended(form.not_after)
            } else {
                Stage::Fill(form)
            }
        }
        Err(error) => Stage::Lost(Lost::Incomplete(error)),
    }
}

/// The form, while it is filled in.
struct Fill {
    page: Weak<FormPage>,
    form: ReceivedForm,
    entered: Rc<RefCell<Entered>>,
    tried: Cell<bool>,
    sending: Cell<bool>,
    trouble: RefCell<Option<Error>>,
    boxes: RefCell<Vec<El>>,
    room: El,
    said: El,
    send: El,
}

impl Fill {
    fn new(page: Weak<FormPage>, form: ReceivedForm, entered: Rc<RefCell<Entered>>) -> Rc<Self> {
        // Another language draws the page again: what was entered stays.
        if entered.borrow().fields.len() != form.fields.len() {
            entered.replace(Entered {
                fields: vec![Entry::default(); form.fields.len()],
                ..Entered::default()
            });
        }
        Rc::new(Self {
            page,
            form,
            entered,
            tried: Cell::default(),
            sending: Cell::default(),
            trouble: RefCell::default(),
            boxes: RefCell::default(),
            room: el("p", "t-sm").attr("role", "status"),
            said: el("div", "slot"),
            send: submit("btn btn--primary btn--lg btn--block", None, ""),
        })
    }

    fn card(self: &Rc<Self>) -> El {
        let form = &self.form;
        let title = match form.title.trim() {
            "" => words::form_no_title(),
            title => title,
        };
        let head = el("div", "stack stack-2")
            .with(el("h1", "t-2xl").text(words::form_title()))
            .with(el("p", "faint t-sm").text(words::form_stated()))
            .with(el("p", "t-lg medium anywhere").attr("dir", "auto").text(title))
            .with(el("p", "muted").text(words::form_sealed()));
        let ends = el("p", "row t-sm")
            .attr("title", &dates::iso(form.not_after))
            .with(el("span", "c-caution").with(icon(Glyph::Clock)))
            .with(el("span", "").text(&words::form_ends(&when(form.not_after))));
        let fields: Vec<El> = form
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| match field.kind {
                FormFieldKind::File => FileBox::make(self, field, at),
                kind => self.text_box(field, at, kind == FormFieldKind::Dotenv),
            })
            .collect();
        let acts = el("div", "stack stack-2")
            .with(self.send.clone())
            .with(el("p", "t-sm faint center").text(words::form_expect()));
        let submit = while_there(self, Self::submit);
        let form = el("form", "card__body card__body--lg stack stack-6")
            .with(tile(Glyph::Inbox, Tone::Accent))
            .with(head)
            .with(ends)
            .all(fields)
            .with(self.note_box())
            .with(self.room.clone())
            .with(self.said.clone())
            .with(acts)
            .on("submit", move |event| {
                event.prevent_default();
                submit();
            });
        self.draw();
        el("div", "card").with(form)
    }

    fn text_box(self: &Rc<Self>, field: &FormField, at: usize, dotenv: bool) -> El {
        let first = self
            .entered
            .borrow()
            .fields
            .get(at)
            .map(|entry| entry.content.to_vec());
        let first = Zeroizing::new(String::from_utf8(first.unwrap_or_default()).unwrap_or_default());
        let (aside, rows) = if dotenv {
            (words::form_dotenv(), "6")
        } else {
            ("", "2")
        };
        self.typed(
            &field.label,
            aside,
            &field.hint,
            rows,
            &first,
            move |entered, text| {
                if let Some(entry) = entered.fields.get_mut(at) {
                    entry.content = Zeroizing::new(text.as_bytes().to_vec());
                }
            },
        )
    }

    fn note_box(self: &Rc<Self>) -> El {
        let first = self.entered.borrow().note.clone();
        let (label, aside) = (words::form_note(), words::form_optional());
        self.typed(label, aside, "", "2", &first, |entered, text| entered.note = text)
    }

    /// A box whose text is kept as it changes; wiped with the page.
    fn typed(
        self: &Rc<Self>,
        label: &str,
        aside: &str,
        hint: &str,
        rows: &str,
        first: &str,
        keep: impl Fn(&mut Entered, Zeroizing<String>) + 'static,
    ) -> El {
        let id = unique_id("answer");
        let hint_id = format!("{id}-hint");
        let area = el("textarea", "textarea textarea--mono")
            .attr("id", &id)
            .attr("rows", rows)
            .attr("dir", "auto")
            .attr("autocomplete", "off")
            .attr("autocapitalize", "none")
            .attr("spellcheck", "false");
        area.set("aria-describedby", (!hint.is_empty()).then_some(hint_id.as_str()));
        area.as_::<HtmlTextAreaElement>().set_value(first);
        self.boxes.borrow_mut().push(area.clone());
        let fill = Rc::downgrade(self);
        let area = area.on("input", move |event| {
            let area = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
            if let (Some(fill), Some(area)) = (fill.upgrade(), area) {
                fill.change(|entered| keep(entered, Zeroizing::new(area.value())));
                fill.draw();
            }
        });
        let label = el("label", "anywhere")
            .attr("dir", "auto")
            .attr("for", &id)
            .text(label);
        // what stands beside the label is no part of the field's name
        let head = el("div", "field__label")
            .with(label)
            .maybe((!aside.is_empty()).then(|| el("span", "").text(aside)));
        el("div", "field")
            .with(head)
            .with(area)
            .maybe(hinted(hint).map(|hint| hint.attr("id", &hint_id)))
    }

    fn submit(self: &Rc<Self>) {
        self.tried.set(true);
        self.trouble.take();
        let ready = {
            let entered = self.entered.borrow();
            !entered.is_empty() && entered.over().is_none()
        };
        if ready && !self.sending.replace(true) {
            self.send();
        }
        self.draw();
    }

    /// Changes what was entered: what was sealed before is something else now.
    fn change(&self, change: impl FnOnce(&mut Entered)) {
        let mut entered = self.entered.borrow_mut();
        entered.sent = None;
        change(&mut entered);
    }

    /// What was entered, sealed; the same as before unless it was changed, so that a server keeps it once.
    fn sealed(&self) -> Result<SealedAnswer, Error> {
        let Entered { fields, note, sent } = self.entered.borrow().clone();
        if let Some(sent) = sent {
            return Ok(sent);
        }
        let filled = fields
            .into_iter()
            .map(|entry| (entry.content, entry.file_name))
            .collect();
        let sealed = client(this_server()).seal_answer(&self.form, filled, note)?;
        self.entered.borrow_mut().sent = Some(sealed.clone());
        Ok(sealed)
    }

    fn send(self: &Rc<Self>) {
        let sealed = self.sealed();
        // What is on its way arrives, even when the page is drawn anew meanwhile.
        let (fill, page) = (Rc::clone(self), self.page.clone());
        later(async move {
            let outcome = match sealed {
                Ok(sealed) => client(this_server()).send_answer(&fill.form, &sealed).await,
                Err(error) => Err(error),
            };
            let Some(page) = page.upgrade() else { return };
            fill.sending.set(false);
            match outcome {
                Ok(()) => {
                    mark::set(SENT);
                    page.go(Stage::Sent);
                }
                Err(Error::NameTaken) => page.keep_texts(&fill),
                Err(Error::NotFound) => page.go(Stage::Missing),
                Err(Error::Invalid { field: "form", .. }) => page.go(Stage::Ended(fill.form.not_after)),
                Err(failure) => {
                    page.unreceipted
                        .set(page.unreceipted.get() || may_have_arrived(&failure));
                    fill.trouble.replace(Some(failure));
                    fill.draw();
                }
            }
        });
    }

    fn draw(&self) {
        let entered = self.entered.borrow();
        let over = entered.over();
        self.room.set(
            "class",
            Some(if over.is_some() {
                "t-sm c-danger"
            } else {
                "t-sm faint"
            }),
        );
        self.room.say(&match over {
            Some(over) => words::form_over(&count(over)),
            None => words::form_room(&count(ROOM.saturating_sub(entered.size())), &count(ROOM)),
        });
        let empty = (self.tried.get() && entered.is_empty()).then(|| {
            el("p", "c-danger t-sm")
                .attr("role", "alert")
                .text(words::form_empty())
        });
        let trouble = self.trouble.borrow();
        let trouble = trouble
            .as_ref()
            .map(|error| banned(error, words::form_offline_body(), words::form_other_body));
        self.said.put(empty.into_iter().chain(trouble).collect());
        let sending = self.sending.get();
        self.send.set("aria-busy", sending.then_some("true"));
        let said = if sending {
            words::form_sending()
        } else {
            words::form_send()
        };
        self.send.put(vec![icon(Glyph::Lock), el("span", "").text(said)]);
    }
}

impl Drop for Fill {
    fn drop(&mut self) {
        // Nothing typed stays in the tree once the form is gone.
        for area in self.boxes.borrow().iter() {
            area.as_::<HtmlTextAreaElement>().set_value("");
        }
    }
}

/// A field for a file.
struct FileBox {
    fill: Weak<Fill>,
    at: usize,
    chosen: El,
    error: FieldError,
}

impl FileBox {
    fn make(fill: &Rc<Fill>, field: &FormField, at: usize) -> El {
        let frame = el("fieldset", "field");
        let file_box = Rc::new(Self {
            fill: Rc::downgrade(fill),
            at,
            chosen: el("div", "slot"),
            error: FieldError::of(&frame),
        });
        file_box.draw();
        frame
            .with(
                el("legend", "field__label anywhere")
                    .attr("dir", "auto")
                    .text(&field.label),
            )
            .with(file_box.place())
            .with(file_box.chosen.clone())
            .with(file_box.error.place())
            .maybe(hinted(&field.hint))
    }

    /// Where a file is dropped or chosen.
    fn place(self: &Rc<Self>) -> El {
        let place = el("div", "drop drop--slim");
        let (over, left, dropped) = (place.clone(), place.clone(), place.clone());
        let (takes, chosen) = (Rc::clone(self), Rc::clone(self));
        let chooser = el("input", "")
            .attr("type", "file")
            .attr("hidden", "")
            .attr("tabindex", "-1")
            .on("change", move |event| {
                let Some(input) = event
                    .target()
                    .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
                else {
                    return;
                };
                let file = input.files().and_then(|files| files.get(0));
                // the same file may be chosen again after a mistake
                input.set_value("");
                chosen.take(file);
            });
        let opened = chooser.clone();
        let choose = button("btn btn--sm", None, words::form_file_choose(), move || {
            input(&opened).click()
        });
        let said = el("span", "row")
            .with(icon(Glyph::Upload))
            .with(el("span", "").text(words::form_file_drop()));
        place
            .on("dragover", move |event| {
                event.prevent_default();
                over.set("data-over", Some(""));
            })
            .on("dragleave", move |_| left.set("data-over", None))
            .on("drop", move |event| {
                event.prevent_default();
                event.stop_propagation();
                dropped.set("data-over", None);
                let files = event
                    .dyn_ref::<DragEvent>()
                    .and_then(DragEvent::data_transfer)
                    .and_then(|data| data.files());
                takes.take(files.and_then(|files| files.get(0)));
            })
            .with(said)
            .with(el("span", "row").with(choose).with(chooser))
    }

    fn take(self: &Rc<Self>, file: Option<File>) {
        let Some(given) = file else { return };
        self.error.tell(None);
        let here = Rc::clone(self);
        later(async move {
            match file::bytes(&given, ROOM as u32).await {
                Ok(content) => here.keep(Entry {
                    content,
                    file_name: given.name(),
                }),
                Err(file::FileError::TooLarge) => here.error.tell(Some(words::form_file_large())),
                Err(_) => here.error.tell(Some(words::form_file_unreadable())),
            }
        });
    }

    fn keep(self: &Rc<Self>, entry: Entry) {
        // The page may be another one by now.
        let Some(fill) = self.fill.upgrade() else { return };
        fill.change(|entered| {
            if let Some(place) = entered.fields.get_mut(self.at) {
                *place = entry;
            }
        });
        self.draw();
        fill.draw();
    }

    fn draw(self: &Rc<Self>) {
        let Some(fill) = self.fill.upgrade() else { return };
        let entered = fill.entered.borrow();
        let entry = entered
            .fields
            .get(self.at)
            .filter(|entry| !entry.content.is_empty());
        self.chosen.put_one(entry.map(|entry| {
            let said = words::form_file_has(&entry.file_name, &count(entry.content.len()));
            let remove = while_there(self, |here| here.keep(Entry::default()));
            el("p", "row row--between")
                .with(el("span", "anywhere t-sm").text(&said))
                .with(icon_button(
                    Glyph::X,
                    &words::form_file_remove(&entry.file_name),
                    remove,
                ))
        }));
    }
}

fn hinted(hint: &str) -> Option<El> {
    (!hint.is_empty()).then(|| el("p", "field__hint anywhere").attr("dir", "auto").text(hint))
}

/// The plaintext that fits an answer (§12).
const ROOM: usize = 7_424;
/// What the layout, the list and the remark take of it.
const FRAME: usize = 41;
/// What every field takes.
const FIELD_FRAME: usize = 32;
/// The mark of a tab that held a form.
const HELD: &str = "coffer-form-held";
/// The mark of a tab that sent an answer.
const SENT: &str = "coffer-form-sent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_counts_contents_names_remark_and_frames() {
        let entered = Entered {
            fields: vec![
                Entry {
                    content: Zeroizing::new(vec![0; 100]),
                    file_name: "a.txt".into(),
                },
                Entry::default(),
            ],
            note: Zeroizing::new("ab".into()),
            sent: None,
        };
        assert_eq!(entered.size(), 41 + 2 * 32 + 100 + 5 + 2);
        assert!(Entered::default().is_empty());
    }

    #[test]
    fn texts_are_kept_by_their_names_and_files_are_not() {
        let field = |kind, label: &str| FormField {
            kind,
            label: label.to_owned(),
            hint: String::new(),
        };
        let fields = [
            field(FormFieldKind::Text, "API key"),
            field(FormFieldKind::File, "Certificate"),
            field(FormFieldKind::Dotenv, "Others"),
        ];
        let entered = Entered {
            fields: ["sk_1", "binary", ""]
                .map(|text| Entry {
                    content: Zeroizing::new(text.as_bytes().to_vec()),
                    file_name: String::new(),
                })
                .into(),
            note: Zeroizing::new("until May".to_owned()),
            sent: None,
        };
        assert_eq!(
            entered.texts(&fields).as_str(),
            "API key:\nsk_1\n\nRemark:\nuntil May\n\n"
        );
        assert!(Entered::default().texts(&fields).is_empty());
    }
}
