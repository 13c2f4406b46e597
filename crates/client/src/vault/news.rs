//! Hearing that something changed in a project, instead of asking again and again. Nothing that is heard is believed: it is
//! a reason to look, with every check.

use crate::{Device, Error, Listen, Project};
use coffer_core::layout;
use coffer_wire::event::{self, Message, Subscription, Wanted};

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// From now on it is told what changes: what changed before is to be looked for once.
    Began,
    /// A request, an approval, a grant or an answer to an invitation came or went.
    Inbox,
    /// Members or their rights changed.
    Keyring,
    /// Somebody saved in an environment.
    Record {
        /// The environment's slug.
        environment: String,
    },
}

impl<T: Listen, D: Device> Project<T, D> {
    /// Hears of changes, one's own among them, until the server ends the connection; dropping the future ends it, too.
    ///
    /// # Errors
    /// [`Error::Server`], [`Error::NotFound`] or [`Error::Forbidden`] where the server tells nothing or not this person, and
    /// [`Error::Offline`] where the connection broke: then one looks now and again.
    pub async fn listen(&self, mut heard: impl FnMut(News)) -> Result<(), Error> {
        let register = [event::SECRET_CREATE, event::SECRET_UPDATE, event::SECRET_DELETE];
        let register = register.map(|name| Wanted {
            event: name.to_owned(),
            conditions: None,
        });
        let body = Subscription {
            project_id: self.cell.id.clone(),
            register: register.to_vec(),
        };
        let body = serde_json::to_value(&body).map_err(|_| Error::TooLarge)?;
        let mut stream = EventStream::default();
        let mut began = false;
        let mut piece = |bytes: &[u8]| {
            if !began {
                began = true;
                heard(News::Began);
            }
            stream.read(bytes, |data| news(data).into_iter().for_each(&mut heard));
        };
        let session = &self.vault.inner.session;
        session.listen(event::subscribe(), body, &mut piece).await
    }
}

/// What a message says that is of interest here.
fn news(data: &[u8]) -> Vec<News> {
    let Ok(message) = serde_json::from_slice::<Message>(data) else {
        return Vec::new();
    };
    let spots = message.data.payload.into_iter();
    spots
        .filter_map(|spot| {
            let is_home = spot.environment == layout::HOME_ENVIRONMENT;
            let lies_in = |folder: &str| {
                let rest = spot.secret_path.strip_prefix(folder);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            match () {
                () if is_home && lies_in(layout::INBOX) => Some(News::Inbox),
                () if is_home && lies_in(layout::KEYRING) => Some(News::Keyring),
                () if lies_in(layout::LOG) => Some(News::Record {
                    environment: spot.environment,
                }),
                () => None,
            }
        })
        .collect()
}

/// Reads an event stream (HTML standard, section "Server-sent events") piece by piece, as far as the data of messages goes.
#[derive(Default)]
struct EventStream {
    line: Vec<u8>,
    data: Vec<u8>,
    /// The message is longer than anything that is of use here: the rest of it is left out.
    is_too_long: bool,
}

impl EventStream {
    fn read(&mut self, mut bytes: &[u8], mut told: impl FnMut(&[u8])) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.end_line(&mut told);
        }
        self.keep(bytes);
    }

    fn keep(&mut self, part: &[u8]) {
        if self.line.len() + self.data.len() + part.len() > LONGEST {
            self.is_too_long = true;
        } else {
            self.line.extend_from_slice(part);
        }
    }

    fn end_line(&mut self, told: &mut impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if let Some(data) = line.strip_prefix(b"data:") {
            self.data.extend(data.strip_prefix(b" ").unwrap_or(data));
            self.data.push(b'\n');
        }
        // What is too long ends with the line that is empty although something of it was left out.
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            if !std::mem::take(&mut self.is_too_long) && !data.is_empty() {
                told(&data);
            }
        }
    }
}

/// The longest message that is read, in bytes: a batch names each folder once.
const LONGEST: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn told(pieces: &[&[u8]]) -> Vec<String> {
        let mut stream = EventStream::default();
        let mut all = Vec::new();
        for piece in pieces {
            stream.read(piece, |data| all.push(String::from_utf8(data.to_vec()).unwrap()));
        }
        all
    }

    #[test]
    fn messages_are_whole_however_they_were_cut() {
        let text = b": alive\n\nevent: a\ndata: one\ndata:two\r\n\r\ndata: three\n\nid: 7\n\ndata: cut off";
        let expected = ["one\ntwo\n", "three\n"];
        assert_eq!(told(&[text]), expected);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(told(&bytes), expected);
    }

    #[test]
    fn an_endless_message_is_left_out_and_takes_no_memory() {
        let long = vec![b'x'; LONGEST];
        let mut stream = EventStream::default();
        stream.read(b"data: ", |_| panic!("it has not ended"));
        for _ in 0..20 {
            stream.read(&long, |_| panic!("it has not ended"));
        }
        assert!(stream.line.capacity() <= 2 * LONGEST);
        stream.read(b"\n", |_| panic!("it has not ended"));
        stream.read(b"\n", |_| panic!("it is too long"));
        let mut next = 0;
        stream.read(b"data: short\n\n", |_| next += 1);
        assert_eq!(next, 1);
    }

    #[test]
    fn only_what_lies_in_our_own_folders_is_news() {
        let message = |environment: &str, path: &str| {
            let spot = serde_json::json!([{ "environment": environment, "secretPath": path }]);
            let data = serde_json::json!({ "eventType": "secret:create", "payload": spot });
            let message = serde_json::json!({ "projectType": "secret-manager", "data": data });
            news(message.to_string().as_bytes())
        };
        let record = News::Record {
            environment: "prod".to_owned(),
        };
        assert_eq!(message("coffer", "/coffer/inbox"), [News::Inbox]);
        assert_eq!(message("coffer", "/coffer/keyring/3"), [News::Keyring]);
        assert_eq!(message("prod", "/coffer/log/0"), [record]);
        for (environment, path) in [
            ("prod", "/coffer/inbox"),
            ("coffer", "/coffer/inboxes"),
            ("prod", "/coffer/body/0"),
            ("prod", "/"),
        ] {
            assert_eq!(message(environment, path), []);
        }
        assert_eq!(news(b"{}"), []);
        assert_eq!(news(b"\xff"), []);
    }
}
