//! Elements without the library of views, which would be more than half of what a receiver downloads.
//!
//! Words become text nodes and attributes attributes: nothing here makes markup of a string.

use std::rc::Rc;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, HtmlElement, HtmlInputElement};

use coffer_page::{
    document,
    look::{Glyph, Tone, unique_id},
};

/// An element.
#[derive(Clone)]
pub(crate) struct El(Element);

/// A new element with its classes.
#[inline(never)]
pub(crate) fn el(tag: &str, class: &str) -> El {
    made(document().create_element(tag)).classed(class)
}

/// A new element of a picture.
#[inline(never)]
fn svg(tag: &str, class: &str) -> El {
    made(document().create_element_ns(Some(SVG), tag)).classed(class)
}

#[inline(never)]
fn made(element: Result<Element, wasm_bindgen::JsValue>) -> El {
    match element {
        Ok(element) => El(element),
        // every name in this program is that of an element
        Err(_) => wasm_bindgen::throw_str("an element cannot be made"),
    }
}

impl El {
    /// An element that is in the page already.
    pub(crate) fn of(element: impl Into<Element>) -> Self {
        Self(element.into())
    }

    /// With these words after what it has.
    #[inline(never)]
    pub(crate) fn text(self, words: &str) -> Self {
        drop(self.0.append_with_str_1(words));
        self
    }

    /// With this element after what it has.
    #[inline(never)]
    pub(crate) fn with(self, child: Self) -> Self {
        self.add(child);
        self
    }

    /// With this element, if there is one.
    pub(crate) fn maybe(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.with(child),
            None => self,
        }
    }

    /// With these elements.
    #[inline(never)]
    pub(crate) fn all(self, children: Vec<Self>) -> Self {
        self.add_all(children);
        self
    }

    /// With this attribute.
    #[inline(never)]
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        self.set(name, Some(value));
        self
    }

    /// Calls on every event of this kind.
    pub(crate) fn on(self, event: &str, call: impl FnMut(Event) + 'static) -> Self {
        self.hears(event, Box::new(call))
    }

    #[inline(never)]
    fn hears(self, event: &str, call: Box<dyn FnMut(Event)>) -> Self {
        // the browser's collector frees it with the element
        let closure = Closure::wrap(call).into_js_value();
        drop(
            self.0
                .add_event_listener_with_callback(event, closure.unchecked_ref()),
        );
        self
    }

    /// Puts this element after what it has.
    #[inline(never)]
    pub(crate) fn add(&self, child: Self) {
        drop(self.0.append_child(&child.0));
    }

    /// Puts these elements after what it has.
    #[inline(never)]
    pub(crate) fn add_all(&self, children: Vec<Self>) {
        for child in children {
            self.add(child);
        }
    }

    /// Puts these elements in the place of what it has.
    pub(crate) fn put(&self, children: Vec<Self>) {
        self.put_one(None);
        self.add_all(children);
    }

    /// Puts this element in the place of what it has, or nothing.
    #[inline(never)]
    pub(crate) fn put_one(&self, child: Option<Self>) {
        self.0.replace_children_with_node_0();
        if let Some(child) = child {
            self.add(child);
        }
    }

    /// Puts these words in the place of what it has. Words that stand there already are not said again.
    #[inline(never)]
    pub(crate) fn say(&self, words: &str) {
        if self.0.text_content().as_deref() != Some(words) {
            self.0.set_text_content(Some(words));
        }
    }

    /// Sets an attribute, or takes it away.
    #[inline(never)]
    pub(crate) fn set(&self, name: &str, value: Option<&str>) {
        // the names in this program are those of attributes
        drop(match value {
            Some(value) => self.0.set_attribute(name, value),
            None => self.0.remove_attribute(name),
        });
    }

    /// Takes it out of the page.
    #[inline(never)]
    pub(crate) fn remove(&self) {
        self.0.remove();
    }

    /// Moves the focus here.
    #[inline(never)]
    pub(crate) fn focus(&self) {
        drop(self.html().focus());
    }

    /// As the element whose kind the caller has made.
    pub(crate) fn as_<T: JsCast>(&self) -> &T {
        self.0.unchecked_ref()
    }

    fn html(&self) -> &HtmlElement {
        self.as_()
    }

    fn classed(self, class: &str) -> Self {
        if class.is_empty() {
            self
        } else {
            self.attr("class", class)
        }
    }
}

/// A picture of the sprite, hidden from screen readers: the words beside it say the same.
#[inline(never)]
pub(crate) fn icon(glyph: Glyph) -> El {
    picture(glyph, "i")
}

/// The same beside small words.
#[inline(never)]
pub(crate) fn small_icon(glyph: Glyph) -> El {
    picture(glyph, "i i-sm")
}

/// The same with other classes.
#[inline(never)]
pub(crate) fn picture(glyph: Glyph, class: &str) -> El {
    svg("svg", class)
        .attr("aria-hidden", "true")
        .with(svg("use", "").attr("href", glyph.href()))
}

/// A tile with a picture, for the head of a card.
#[inline(never)]
pub(crate) fn tile(glyph: Glyph, tone: Tone) -> El {
    el("span", "glyph")
        .attr("data-tone", tone.as_str())
        .with(icon(glyph))
}

/// A ring that empties, of 100.
pub(crate) struct Ring(El);

impl Ring {
    pub(crate) fn new(class: &str) -> (El, Self) {
        let circle = |class| {
            svg("circle", class)
                .attr("cx", "10")
                .attr("cy", "10")
                .attr("r", "8")
        };
        let arc = circle("ring__arc").attr("pathLength", "100");
        let ring = svg("svg", class)
            .attr("viewBox", "0 0 20 20")
            .attr("data-tone", Tone::Plain.as_str())
            .attr("aria-hidden", "true")
            .with(circle("ring__track"))
            .with(arc.clone());
        (ring, Self(arc))
    }

    pub(crate) fn set(&self, percent: u64) {
        self.0
            .set("stroke-dasharray", Some(&format!("{} 100", percent.min(100))));
    }
}

/// A button with its classes.
pub(crate) fn button(class: &str, glyph: Option<Glyph>, words: &str, press: impl Fn() + 'static) -> El {
    submit(class, glyph, words)
        .attr("type", "button")
        .on("click", move |_| press())
}

/// A button that sends the form it stands in.
#[inline(never)]
pub(crate) fn submit(class: &str, glyph: Option<Glyph>, words: &str) -> El {
    el("button", class)
        .attr("type", "submit")
        .maybe(glyph.map(icon))
        .text(words)
}

/// A button that is only a picture; its label is read aloud and shown on hover.
pub(crate) fn icon_button(glyph: Glyph, label: &str, press: impl Fn() + 'static) -> El {
    button("icon-btn", Some(glyph), "", press)
        .attr("aria-label", label)
        .attr("title", label)
}

/// A box that says what happened and what is safe.
#[inline(never)]
pub(crate) fn banner(glyph: Glyph, tone: Tone, title: &str, text: &str) -> El {
    let said = el("div", "banner__text").with(el("b", "").text(title));
    el("div", "banner")
        .attr("data-tone", tone.as_str())
        .attr("role", "status")
        .with(icon(glyph))
        .with(said.maybe((!text.is_empty()).then(|| el("p", "").text(text))))
}

/// Something said in a box of its own.
#[inline(never)]
pub(crate) fn outcome(tone: Option<Tone>, glyph: Glyph, said: Vec<El>) -> El {
    let made = el("div", "outcome");
    made.set("data-tone", tone.map(Tone::as_str));
    made.with(icon(glyph)).with(el("div", "").all(said))
}

/// The place of the error under a control, which names it.
pub(crate) struct FieldError {
    control: El,
    place: El,
    id: String,
}

impl FieldError {
    /// Of a control without one so far.
    pub(crate) fn of(control: &El) -> Self {
        Self {
            control: control.clone(),
            place: el("div", "slot"),
            id: unique_id("error"),
        }
    }

    /// Where it will stand.
    pub(crate) fn place(&self) -> El {
        self.place.clone()
    }

    /// Says it, or nothing any more.
    pub(crate) fn tell(&self, error: Option<&str>) {
        self.control.set("aria-invalid", error.map(|_| "true"));
        self.control
            .set("aria-describedby", error.map(|_| self.id.as_str()));
        self.place.put_one(error.map(|words| {
            el("p", "field__error")
                .attr("id", &self.id)
                .with(small_icon(Glyph::Alert))
                .with(el("span", "").text(words))
        }));
    }
}

/// What does something with `owner` while it is there: elements may outlive what they were made for.
pub(crate) fn while_there<T: 'static, A: Fn(&Rc<T>) + 'static>(
    owner: &Rc<T>,
    act: A,
) -> impl Fn() + use<T, A> {
    let owner = Rc::downgrade(owner);
    move || {
        if let Some(owner) = owner.upgrade() {
            act(&owner);
        }
    }
}

/// What stands in a box for one line.
pub(crate) fn input(of: &El) -> &HtmlInputElement {
    of.as_()
}

const SVG: &str = "http://www.w3.org/2000/svg";
