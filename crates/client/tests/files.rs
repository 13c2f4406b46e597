//! Files behind links, against a real server: lost connections on both sides, and a server that lies about the pieces.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    Client, CreatedShare, Device, Error, FileDownload, FileUpload, Passphrase, ReceivedFiles, RevealError,
    ShareContent, ShareDraft, ShareExpiry, ShareLimits, ShareState, ShareStatus, SharedFile, Transport,
    share_from_link,
};
use coffer_testkit::{Canary, Cut, Evil, InProcess, MemoryDevice, Office, run};
use std::cell::RefCell;
use std::rc::Rc;
use zeroize::Zeroizing;

#[path = "../examples/files.rs"]
mod example;

type Upload = FileUpload<Evil<InProcess>, MemoryDevice>;
type Stranger = Client<Evil<InProcess>, MemoryDevice>;

const PIECE: usize = (1 << 20) - 16;

fn content(seed: u8, size: usize) -> Vec<u8> {
    let marked = b"<the tide tables of a file> ".iter().copied().cycle();
    marked
        .zip(0_usize..size)
        .map(|(byte, n)| byte.wrapping_add((n >> 20) as u8 * seed))
        .collect()
}

fn draft(name: &str, size: usize, views: Option<u32>, passphrase: Option<&str>) -> ShareDraft {
    draft_of(&[(name, size)], views, passphrase)
}

fn draft_of(files: &[(&str, usize)], views: Option<u32>, passphrase: Option<&str>) -> ShareDraft {
    let files = files.iter().map(|(name, size)| SharedFile {
        name: (*name).to_owned(),
        size: *size as u64,
    });
    ShareDraft {
        content: ShareContent::Files(files.collect()),
        title: "Charts".to_owned(),
        expires_in: ShareExpiry(60),
        views,
        passphrase: passphrase.map(Passphrase::typed),
        limits: ShareLimits::default(),
    }
}

fn stranger(office: &Office, seed: u64) -> (Stranger, Evil<InProcess>) {
    let transport = Evil::new(office.server.browser());
    let client = Client::new(transport.clone(), MemoryDevice::new(seed), office.server.origin());
    (client, transport)
}

async fn send<T: Transport, D: Device>(
    upload: &mut FileUpload<T, D>,
    content: &[u8],
) -> Result<CreatedShare, Error> {
    send_all(upload, &[content]).await
}

async fn send_all<T: Transport, D: Device>(
    upload: &mut FileUpload<T, D>,
    files: &[&[u8]],
) -> Result<CreatedShare, Error> {
    let read = async |place: usize, range: std::ops::Range<u64>| {
        Ok(Zeroizing::new(
            files[place][range.start as usize..range.end as usize].to_vec(),
        ))
    };
    upload.send(read, |_| ()).await
}

async fn sent(office: &Office, content: &[u8], views: Option<u32>) -> CreatedShare {
    let draft = draft("chart.pdf", content.len(), views, None);
    let mut upload = office.vault.send_files(draft).await.unwrap();
    send(&mut upload, content).await.unwrap()
}

async fn open(client: &Stranger, made: &CreatedShare) -> Result<ReceivedFiles, RevealError> {
    let link = share_from_link(&made.link_fragment).unwrap();
    client
        .open_share(&link, None)
        .await
        .map(|opened| opened.files.unwrap())
}

/// What comes until the end or the first failure.
async fn fetch<T: Transport, D: Device>(
    download: &mut FileDownload<T, D>,
    whole: &mut Vec<u8>,
) -> Result<(), RevealError> {
    while let Some(piece) = download.next().await? {
        for (_, part) in piece.parts() {
            whole.extend_from_slice(part);
        }
        assert_eq!(download.fetched(), whole.len() as u64);
    }
    Ok(())
}

async fn status(office: &Office, made: &CreatedShare) -> ShareStatus {
    let mut shares = office.vault.shares().await.unwrap().into_iter();
    shares.find(|share| share.id == made.id).unwrap()
}

#[test]
fn the_example_for_files_runs() {
    run(async {
        let server = coffer_testkit::TestServer::start();
        let there = (server.browser(), server.browser());
        let told = example::walk(there, MemoryDevice::new(90), &server.origin(), 3 << 20, || ()).await;
        assert_eq!(told.unwrap().bytes, 3 << 20);
    });
}

#[test]
fn a_file_arrives_as_it_was_sent_and_nobody_between_sees_it() {
    run(async {
        let ada = Office::open(91).await;
        let (client, transport) = stranger(&ada, 911);
        for size in [0, 1, 4_096, PIECE, 2 * PIECE + 77] {
            let content = content(1, size);
            let draft = draft("tide tables.pdf", size, Some(1), Some("brass lantern"));
            let mut upload = ada.vault.send_files(draft).await.unwrap();
            let heard = RefCell::new(Vec::new());
            let read = async |_: usize, range: std::ops::Range<u64>| {
                Ok(Zeroizing::new(
                    content[range.start as usize..range.end as usize].to_vec(),
                ))
            };
            let made = upload
                .send(read, |sent| heard.borrow_mut().push(sent))
                .await
                .unwrap();
            assert!(upload.is_complete());
            assert_eq!(
                (upload.sent(), heard.borrow().last()),
                (size as u64, Some(&(size as u64)))
            );
            assert!(heard.borrow().is_sorted());
            let link = share_from_link(&made.link_fragment).unwrap();
            let opened = client
                .open_share(&link, Some(Passphrase::typed("brass lantern")))
                .await
                .unwrap();
            let ShareContent::Files(files) = &opened.content else {
                panic!("a file was shared");
            };
            let [file] = files.as_slice() else {
                panic!("one file was shared");
            };
            assert_eq!((file.name.as_str(), file.size), ("tide tables.pdf", size as u64));
            // It may be fetched twice with one view.
            for _ in 0..2 {
                let mut download = client.fetch_files(opened.files.as_ref().unwrap());
                let mut whole = Vec::new();
                fetch(&mut download, &mut whole).await.unwrap();
                assert!(whole == content, "{size}");
                assert!(matches!(download.next().await, Ok(None)));
            }
            let told = status(&ada, &made).await;
            assert_eq!((told.state, told.opened), (ShareState::UsedUp, Some(1)));
            assert_eq!(told.file.as_ref(), Some(file));
        }
        let canary = Canary::new()
            .watch("content", "tide tables of a file")
            .watch("name", "tide tables.pdf");
        assert_eq!(canary.check(&ada.transport.recorded()), []);
        assert_eq!(canary.check(&transport.recorded()), []);
        for (name, bytes) in ada.server.files() {
            assert_eq!(canary.check_bytes(&name, &bytes), [], "{name}");
        }
    });
}

#[test]
fn both_sides_go_on_after_a_lost_connection() {
    run(async {
        let ada = Office::open(92).await;
        let (client, network) = stranger(&ada, 921);
        let content = content(2, 4 * PIECE + 5);
        let mut upload = ada
            .vault
            .send_files(draft("chart.pdf", content.len(), Some(1), None))
            .await
            .unwrap();
        // Before a piece leaves, and when it is there but the answer is lost.
        for cut in [
            Cut::Before(1),
            Cut::AnswerLost(1),
            Cut::AnswerLost(0),
            Cut::Before(0),
        ] {
            let before = upload.sent();
            ada.transport.cut(cut);
            assert_eq!(send(&mut upload, &content).await.err(), Some(Error::Offline));
            ada.transport.honest();
            assert!(upload.sent() >= before && !upload.is_complete());
            let made = upload.created().clone();
            assert_eq!(open(&client, &made).await.err(), Some(RevealError::Unfinished));
            let told = status(&ada, &made).await;
            assert_eq!((told.state, told.link_fragment), (ShareState::Unfinished, None));
        }
        let made = send(&mut upload, &content).await.unwrap();
        // What had to be sent again was sealed once: one place never had two texts.
        let mut sealed = std::collections::BTreeMap::new();
        for exchange in ada.transport.recorded() {
            if exchange.path.contains("/pieces/") {
                let before = sealed.insert(exchange.path.clone(), exchange.sent.clone());
                assert!(
                    before.is_none_or(|before| before == exchange.sent),
                    "{}",
                    exchange.path
                );
            }
        }
        assert_eq!(sealed.len(), 5);

        let file = open(&client, &made).await.unwrap();
        let mut download = client.fetch_files(&file);
        let mut whole = Vec::new();
        for cut in [Cut::Before(1), Cut::AnswerLost(1), Cut::Before(0)] {
            network.cut(cut);
            assert_eq!(
                fetch(&mut download, &mut whole).await.err(),
                Some(RevealError::Client(Error::Offline))
            );
            network.honest();
        }
        assert!(whole.len() >= PIECE && whole.len() < content.len());
        fetch(&mut download, &mut whole).await.unwrap();
        assert!(whole == content);
        let told = status(&ada, &made).await;
        assert_eq!(
            (told.state, told.opened),
            (ShareState::UsedUp, Some(1)),
            "one view"
        );
    });
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_not_sent() {
    run(async {
        let ada = Office::open(93).await;
        let draft = draft("chart.pdf", 2 * PIECE, None, None);
        let mut upload = ada.vault.send_files(draft).await.unwrap();
        let shorter = async |_: usize, range: std::ops::Range<u64>| {
            let length = (range.end - range.start) as usize;
            Ok(Zeroizing::new(vec![
                0;
                if range.start == 0 {
                    length
                } else {
                    length - 1
                }
            ]))
        };
        let refused = upload.send(shorter, |_| ()).await;
        assert!(
            matches!(refused, Err(Error::Invalid { field: "file", .. })),
            "{refused:?}"
        );
        let gone = async |_: usize, _: std::ops::Range<u64>| Err(Error::NotFound);
        assert_eq!(upload.send(gone, |_| ()).await.err(), Some(Error::NotFound));
        upload.cancel().await.unwrap();
        let made = upload.created().clone();
        assert_eq!(status(&ada, &made).await.state, ShareState::Revoked);
        let (client, _) = stranger(&ada, 931);
        assert_eq!(open(&client, &made).await.err(), Some(RevealError::Revoked));
        assert_eq!(
            send(&mut upload, &content(3, 2 * PIECE)).await.err(),
            Some(Error::NotFound),
            "what was taken back is not gone on with"
        );
    });
}

#[test]
fn pieces_that_a_server_exchanges_cuts_or_takes_from_another_file_are_damaged() {
    run(async {
        let ada = Office::open(94).await;
        let content = content(4, 2 * PIECE + 9);
        let one = sent(&ada, &content, None).await;
        let other = sent(&ada, &content, None).await;
        let (client, network) = stranger(&ada, 941);
        let file = open(&client, &one).await.unwrap();
        // The other file's pieces, as somebody fetches them who may.
        let strange = open(&client, &other).await.unwrap();
        let mut download = client.fetch_files(&strange);
        fetch(&mut download, &mut Vec::new()).await.unwrap();
        let mut download = client.fetch_files(&file);
        fetch(&mut download, &mut Vec::new()).await.unwrap();
        let recorded = network.recorded();
        let pieces = |id: &CreatedShare| -> Rc<Vec<Vec<u8>>> {
            let path = format!("{}/pieces/", id.id);
            let pieces = recorded.iter().filter(|exchange| exchange.path.contains(&path));
            Rc::new(pieces.map(|exchange| exchange.answered.clone()).collect())
        };
        let (own, strange) = (pieces(&one), pieces(&other));
        assert_eq!((own.len(), strange.len()), (3, 3));
        type Lie = Box<dyn Fn(usize) -> Vec<u8>>;
        let honest = || Rc::clone(&own);
        let lies: [(&str, usize, Lie); 9] = [
            ("exchanged", 0, {
                let own = honest();
                Box::new(move |n| own[[1, 0, 2][n]].clone())
            }),
            ("repeated", 1, {
                let own = honest();
                Box::new(move |n| own[[0, 0, 2][n]].clone())
            }),
            ("the end too early", 1, {
                let own = honest();
                Box::new(move |n| own[[0, 2, 2][n]].clone())
            }),
            ("the end never", 2, {
                let own = honest();
                Box::new(move |n| own[[0, 1, 1][n]].clone())
            }),
            ("of another file", 1, {
                let (own, strange) = (honest(), Rc::clone(&strange));
                Box::new(move |n| {
                    if n == 1 {
                        strange[1].clone()
                    } else {
                        own[n].clone()
                    }
                })
            }),
            ("all of another file", 0, {
                let strange = Rc::clone(&strange);
                Box::new(move |n| strange[n].clone())
            }),
            ("cut", 2, {
                let own = honest();
                Box::new(move |n| own[n][..own[n].len() - usize::from(n == 2)].to_vec())
            }),
            ("longer", 0, {
                let own = honest();
                Box::new(move |n| [own[n].as_slice(), b"x"].concat())
            }),
            ("nothing", 1, {
                let own = honest();
                Box::new(move |n| if n == 1 { Vec::new() } else { own[n].clone() })
            }),
        ];
        for (what, good, lie) in lies {
            network.tamper(move |request, response| {
                if let Some((_, number)) = request.path.split_once("/pieces/") {
                    response.body = lie(number.parse().unwrap());
                }
            });
            let mut download = client.fetch_files(&file);
            let mut whole = Vec::new();
            assert_eq!(
                fetch(&mut download, &mut whole).await.err(),
                Some(RevealError::Damaged),
                "{what}"
            );
            assert!(whole == content[..good * PIECE], "{what}");
            network.honest();
            // A wire that broke one piece does not cost the others.
            fetch(&mut download, &mut whole).await.unwrap();
            assert!(whole == content, "{what}");
        }
        // A server that keeps the token, or says that all is over.
        network.tamper_json("/access", |body| {
            body.as_object_mut().unwrap().remove("fileToken");
        });
        assert_eq!(open(&client, &one).await.err(), Some(RevealError::Damaged));
        network.honest();
        ada.vault.revoke_share(&one.id).await.unwrap();
        let mut download = client.fetch_files(&file);
        assert_eq!(download.next().await.err(), Some(RevealError::Revoked));
        ada.server.pass(3_600_000);
        let mut download = client.fetch_files(&file);
        assert_eq!(download.next().await.err(), Some(RevealError::FetchedTooLate));
    });
}

#[test]
fn a_server_without_files_is_sent_none() {
    run(async {
        let ada = Office::open(95).await;
        let (client, _) = stranger(&ada, 951);
        let most = client.server_status().await.unwrap().share_file;
        assert_eq!(most, Some(100 << 20));
        let larger = draft("a", (100 << 20) + 1, None, None);
        assert_eq!(ada.vault.send_files(larger).await.err(), Some(Error::TooLarge));
        let plain = draft("a", 1, None, None);
        assert!(matches!(
            ada.vault.create_share(plain.clone()).await,
            Err(Error::Invalid { field: "content", .. })
        ));
        for change in [
            |coffer: &mut serde_json::Value| coffer["shares"] = serde_json::json!(["change"]),
            |coffer: &mut serde_json::Value| *coffer = serde_json::json!({}),
            |coffer: &mut serde_json::Value| coffer["fileBytes"] = serde_json::json!(0),
        ] {
            ada.transport
                .tamper_json("admin/config", move |body| change(&mut body["config"]["coffer"]));
            assert!(matches!(
                ada.vault.send_files(plain.clone()).await,
                Err(Error::Unsupported { .. })
            ));
            ada.transport.honest();
        }
        assert!(ada.vault.shares().await.unwrap().is_empty(), "no link was made");
    });
}

#[test]
fn several_files_go_behind_one_link_through_lost_connections() {
    run(async {
        let ada = Office::open(97).await;
        let (client, network) = stranger(&ada, 971);
        let sizes = [PIECE + 9, 0, 5, PIECE - 14, 700_001];
        let contents: Vec<Vec<u8>> = (1..).zip(sizes).map(|(seed, size)| content(seed, size)).collect();
        let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        let names = [
            "tide tables.pdf",
            "empty",
            "tide tables.pdf",
            "../\u{202e}gpj.exe",
            "b",
        ];
        let files: Vec<(&str, usize)> = names.into_iter().zip(sizes).collect();
        let draft = draft_of(&files, Some(1), None);
        let mut upload = ada.vault.send_files(draft).await.unwrap();
        for cut in [Cut::Before(1), Cut::AnswerLost(0)] {
            ada.transport.cut(cut);
            assert_eq!(send_all(&mut upload, &contents).await.err(), Some(Error::Offline));
            ada.transport.honest();
        }
        let made = send_all(&mut upload, &contents).await.unwrap();
        assert!(
            made.link_fragment.starts_with("v2."),
            "older pages say that they are too old"
        );
        let all = sizes.iter().sum::<usize>() as u64;
        assert_eq!(upload.sent(), all);
        let told = status(&ada, &made).await.file.unwrap();
        assert_eq!((told.name.as_str(), told.size), (names[0], all));

        let link = share_from_link(&made.link_fragment).unwrap();
        let opened = client.open_share(&link, None).await.unwrap();
        let ShareContent::Files(list) = &opened.content else {
            panic!("files were shared");
        };
        let list: Vec<(&str, usize)> = list
            .iter()
            .map(|file| (file.name.as_str(), file.size as usize))
            .collect();
        assert_eq!(list, files);
        let mut download = client.fetch_files(opened.files.as_ref().unwrap());
        let mut arrived = vec![Vec::new(); sizes.len()];
        network.cut(Cut::AnswerLost(1));
        loop {
            match download.next().await {
                Ok(Some(piece)) => {
                    for (place, part) in piece.parts() {
                        arrived[place].extend_from_slice(part);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(error, RevealError::Client(Error::Offline));
                    network.honest();
                }
            }
        }
        assert!(arrived == contents, "each as it was sent");
        let told = status(&ada, &made).await;
        assert_eq!(
            (told.state, told.opened),
            (ShareState::UsedUp, Some(1)),
            "one view for all"
        );
        let canary = Canary::new()
            .watch("content", "tide tables of a file")
            .watch("name", "tide tables.pdf");
        assert_eq!(canary.check(&ada.transport.recorded()), []);
        for (name, bytes) in ada.server.files() {
            assert_eq!(canary.check_bytes(&name, &bytes), [], "{name}");
        }
    });
}

#[test]
fn files_that_do_not_fit_a_link_make_none() {
    run(async {
        let ada = Office::open(98).await;
        let half = (100 << 20) / 2;
        let refused = async |files: &[(&str, usize)]| {
            let draft = draft_of(files, None, None);
            ada.vault.send_files(draft).await.err()
        };
        assert_eq!(
            refused(&[("a", half), ("b", half + 1)]).await,
            Some(Error::TooLarge)
        );
        assert_eq!(
            refused(&[("a", usize::MAX), ("b", 2)]).await,
            Some(Error::TooLarge)
        );
        for (files, field) in [
            (vec![], "file"),
            (vec![("a", 1); 1_000], "file"),
            (
                vec!["n".repeat(80).as_str(); 100]
                    .into_iter()
                    .map(|name| (name, 1))
                    .collect(),
                "content",
            ),
        ] {
            let error = refused(&files).await;
            assert!(
                matches!(error, Some(Error::Invalid { field: of, .. }) if of == field),
                "{error:?}"
            );
        }
        assert!(ada.vault.shares().await.unwrap().is_empty(), "no link was made");
        // What one file lost is not made good by the next.
        let mut upload = ada
            .vault
            .send_files(draft_of(&[("a", 5), ("b", 5)], None, None))
            .await
            .unwrap();
        let moved = async |place: usize, _: std::ops::Range<u64>| Ok(Zeroizing::new(vec![0; [4, 6][place]]));
        let refused = upload.send(moved, |_| ()).await;
        assert!(
            matches!(refused, Err(Error::Invalid { field: "file", .. })),
            "{refused:?}"
        );
    });
}

#[test]
fn a_file_that_nobody_went_on_with_is_told_as_one() {
    run(async {
        let ada = Office::open(96).await;
        let draft = draft("a", 2 * PIECE, None, None);

        let mut upload: Upload = ada.vault.send_files(draft).await.unwrap();
        ada.transport.cut(Cut::Before(1));
        assert!(send(&mut upload, &content(5, 2 * PIECE)).await.is_err());
        ada.transport.honest();
        let made = upload.created().clone();
        drop(upload);
        // As long as the server keeps it, and as it answers once it has forgotten it.
        assert_eq!(status(&ada, &made).await.state, ShareState::Unfinished);
        ada.transport
            .tamper_json("shared-secrets?", |body| body["secrets"] = serde_json::json!([]));
        assert_eq!(status(&ada, &made).await.state, ShareState::Unfinished);
    });
}
