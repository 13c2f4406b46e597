//! A secret asked of somebody without an account, on a real server.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may")]

use coffer_client::{
    AnswerMark, Client, CreatedForm, Error, FormAnswers, FormDraft, FormField, FormFieldKind, FormState,
    FormStatus, LinkError, Method, Request, Response, ShareExpiry, TransportError, form_from_link,
};
use coffer_testkit::{Canary, Cut, Evil, MemoryDevice, Office, run};
use serde_json::{Value, json};
use zeroize::Zeroizing;

fn draft() -> FormDraft {
    let field = |kind, label: &str| FormField {
        kind,
        label: label.to_owned(),
        hint: "as it stands".to_owned(),
    };
    FormDraft {
        title: "For the release, asks Mara".to_owned(),
        fields: vec![
            field(FormFieldKind::Text, "API key"),
            field(FormFieldKind::File, "Certificate"),
        ],
        expires_in: ShareExpiry(60),
        answers: 1,
    }
}

fn filled(text: &str) -> Vec<(Zeroizing<Vec<u8>>, String)> {
    vec![
        (Zeroizing::new(text.as_bytes().to_vec()), String::new()),
        (Zeroizing::new(vec![0, 159, 146, 150]), "cert.der".to_owned()),
    ]
}

#[test]
fn an_answer_comes_once_sealed_and_is_read_by_who_asked() {
    run(async {
        let ada = Office::open(91).await;
        let made = ada.vault.create_form(&draft()).await.unwrap();
        let waiting = ada.vault.forms().await.unwrap();
        assert_eq!(waiting[0].state, FormState::Waiting);
        assert_eq!(
            waiting[0].link_fragment.as_deref(),
            Some(made.link_fragment.as_str())
        );
        assert_eq!(ada.vault.read_form(&made.id).await.err(), Some(Error::NotFound));
        // Somebody with the link and nothing else.
        let transport = Evil::new(ada.server.browser());
        let stranger = Client::new(transport.clone(), MemoryDevice::new(911), ada.server.origin());
        let form = form_from_link(&format!("#{}", made.link_fragment)).unwrap();
        assert_eq!(
            (form.title.as_str(), form.fields.len()),
            ("For the release, asks Mara", 2)
        );
        assert!(!stranger.is_form_answered(&form).await.unwrap());
        let note = Zeroizing::new("ends in May".to_owned());
        stranger
            .fill_form(&form, filled("sk_live_canary"), note)
            .await
            .unwrap();
        let again = stranger
            .fill_form(&form, filled("another"), Zeroizing::default())
            .await;
        assert_eq!(again, Err(Error::NameTaken));
        let answered = ada.vault.forms().await.unwrap();
        assert_eq!(
            (answered[0].state, answered[0].link_fragment.clone()),
            (FormState::Answered, None)
        );
        // On another device of who asked.
        let elsewhere = ada.again(912).await;
        let read = elsewhere.vault.read_form(&made.id).await.unwrap();
        assert_eq!(read.fields[0].content.as_slice(), b"sk_live_canary");
        assert_eq!(read.fields[1].file_name, "cert.der");
        assert_eq!(read.note.as_str(), "ends in May");
        let mut canary = Canary::new();
        for text in [
            "sk_live_canary",
            "ends in May",
            "cert.der",
            "asks Mara",
            "Certificate",
        ] {
            canary.add(text, text.as_bytes());
        }
        assert_eq!(canary.check(&transport.recorded()), []);
        assert_eq!(canary.check(&ada.transport.recorded()), []);
        ada.vault.close_form(&made.id).await.unwrap();
        assert_eq!(ada.vault.forms().await.unwrap()[0].state, FormState::Closed);
        assert!(ada.vault.read_form(&made.id).await.is_err());
    });
}

#[test]
fn a_form_ends_and_a_server_can_neither_answer_nor_exchange_anything() {
    run(async {
        let ada = Office::open(92).await;
        let (one, two) = (
            ada.vault.create_form(&draft()).await.unwrap(),
            ada.vault.create_form(&draft()).await.unwrap(),
        );
        let transport = Evil::new(ada.server.browser());
        let stranger = Client::new(transport.clone(), MemoryDevice::new(921), ada.server.origin());
        let form = form_from_link(&one.link_fragment).unwrap();
        stranger
            .fill_form(&form, filled("one"), Zeroizing::default())
            .await
            .unwrap();
        // An answer that the server made, or another form's.
        let first = ada.transport.clone();
        for told in ["cfa1.AQ", "cfh1.AAAA", "anything"] {
            first.tamper_json("reveal-value", move |body| {
                body["secretRequest"]["secretValue"] = told.into()
            });
            assert_eq!(
                ada.vault.read_form(&one.id).await.err(),
                Some(Error::Forged { what: "an answer" })
            );
            first.honest();
        }
        assert!(ada.vault.read_form(&one.id).await.is_ok());
        let other = form_from_link(&two.link_fragment).unwrap();
        stranger
            .fill_form(&other, filled("two"), Zeroizing::default())
            .await
            .unwrap();
        let path = format!("/api/v1/shared-secrets/requests/{}/reveal-value", two.id);
        let answer = ada
            .server
            .browser()
            .call(
                Method::Post,
                &path,
                Some(&ada.bearer()),
                Some(serde_json::json!({})),
            )
            .await;
        let sealed = answer["secretRequest"]["secretValue"].clone();
        first.tamper_json("reveal-value", move |body| {
            body["secretRequest"]["secretValue"] = sealed.clone()
        });
        assert_eq!(
            ada.vault.read_form(&one.id).await.err(),
            Some(Error::Forged { what: "an answer" })
        );
        first.honest();
        // Its time is over, by the sealer's clock and by the server's.
        let three = ada.vault.create_form(&draft()).await.unwrap();
        let late = form_from_link(&three.link_fragment).unwrap();
        ada.server.pass(61 * 60_000);
        assert!(
            stranger
                .fill_form(&late, filled("late"), Zeroizing::default())
                .await
                .is_err()
        );
        ada.device.advance(61 * 60_000);
        let states = ada.vault.forms().await.unwrap();
        assert!(states.iter().any(|form| form.state == FormState::Expired));
        assert_eq!(form_from_link("").err(), Some(LinkError::NoKey));
        assert_eq!(form_from_link("v1.short").err(), Some(LinkError::Malformed));
    });
}

/// Sealed anew after a lost receipt, a form for many would have the same answer twice.
#[test]
fn an_answer_whose_receipt_got_lost_is_sent_again_as_it_was() {
    run(async {
        let ada = Office::open(95).await;
        let made = ada.vault.create_form(&draft()).await.unwrap();
        let transport = Evil::new(ada.server.browser());
        let stranger = Client::new(transport.clone(), MemoryDevice::new(951), ada.server.origin());
        let form = form_from_link(&made.link_fragment).unwrap();
        let note = Zeroizing::new("once".to_owned());
        let sealed = stranger.seal_answer(&form, filled("sk_once"), note).unwrap();
        transport.cut(Cut::Before(0));
        assert_eq!(stranger.send_answer(&form, &sealed).await, Err(Error::Offline));
        transport.honest();
        transport.cut(Cut::AnswerLost(0));
        assert_eq!(stranger.send_answer(&form, &sealed).await, Err(Error::Offline));
        transport.honest();
        drop(stranger.send_answer(&form, &sealed).await);
        let sent = transport.recorded();
        let bodies: Vec<&[u8]> = sent
            .iter()
            .filter_map(|exchange| (exchange.path.ends_with("set-value")).then_some(exchange.sent.as_slice()))
            .collect();
        assert!(bodies.len() >= 2, "{sent:?}");
        assert!(
            bodies.iter().all(|body| *body == bodies[0]),
            "the same bytes every time"
        );
        let read = ada.vault.read_form(&made.id).await.unwrap();
        assert_eq!(read.fields[0].content.as_slice(), b"sk_once");
    });
}

/// Who is beaten by somebody else hears so, whether they looked before or not; who comes too late, too.
#[test]
fn an_answer_that_comes_second_or_too_late_is_told_apart_from_a_failure() {
    run(async {
        let ada = Office::open(96).await;
        let made = ada.vault.create_form(&draft()).await.unwrap();
        let form = form_from_link(&made.link_fragment).unwrap();
        let client = |seed| Client::new(ada.server.browser(), MemoryDevice::new(seed), ada.server.origin());
        let (quick, slow) = (client(961), client(962));
        let seal = |who: &Client<_, _>, text| {
            who.seal_answer(&form, filled(text), Zeroizing::default())
                .unwrap()
        };
        let (first, second) = (seal(&quick, "quick"), seal(&slow, "slow"));
        quick.send_answer(&form, &first).await.unwrap();
        assert_eq!(slow.send_answer(&form, &second).await, Err(Error::NameTaken));
        let read = ada.vault.read_form(&made.id).await.unwrap();
        assert_eq!(read.fields[0].content.as_slice(), b"quick");
        // By the server's clock alone.
        let made = ada.vault.create_form(&draft()).await.unwrap();
        let form = form_from_link(&made.link_fragment).unwrap();
        let late = slow
            .seal_answer(&form, filled("late"), Zeroizing::default())
            .unwrap();
        ada.server.pass(61 * 60_000);
        let refused = slow.send_answer(&form, &late).await;
        assert!(
            matches!(refused, Err(Error::Invalid { field: "form", .. })),
            "{refused:?}"
        );
    });
}

/// In the words of this server, of the one that it imitates, and of its own older versions.
#[test]
fn why_a_server_takes_no_answer_is_read_in_its_older_words_too() {
    run(async {
        let ada = Office::open(100).await;
        let made = ada.vault.create_form(&draft()).await.unwrap();
        let form = form_from_link(&made.link_fragment).unwrap();
        let transport = Evil::new(ada.server.browser());
        let stranger = Client::new(transport.clone(), MemoryDevice::new(1001), ada.server.origin());
        let sealed = stranger
            .seal_answer(&form, filled("late"), Zeroizing::default())
            .unwrap();
        let (full, no_room) = (Error::NameTaken, Error::QuotaReached);
        let late = Error::Invalid {
            field: "form",
            why: "one whose time is not over",
        };
        for (status, error, message, expected) in [
            (400, "BadRequest", "Secret request already has a value set", &full),
            (400, "BadRequest", "Secret value has already been set", &full),
            (
                403,
                "Forbidden",
                "Access denied: Secret request has expired",
                &late,
            ),
            (400, "BadRequest", "Secret request has expired", &late),
            (400, "ShareQuotaReached", "As much is shared as may be", &no_room),
            (400, "ShareQuotaReached", "That is too much already", &no_room),
            (403, "Forbidden", "Not from here", &Error::Forbidden),
        ] {
            let body = json!({ "error": error, "message": message }).to_string();
            transport.intercept(move |request| {
                request.path.ends_with("set-value").then(|| {
                    Ok(Response {
                        status,
                        body: body.clone().into_bytes(),
                    })
                })
            });
            let refused = stranger.send_answer(&form, &sealed).await;
            assert_eq!(refused.as_ref(), Err(expected), "{message}");
            transport.honest();
        }
        assert_eq!(stranger.send_answer(&form, &sealed).await, Ok(()));
    });
}

/// Fills a form in as somebody who has the link.
async fn answer(office: &Office, made: &CreatedForm, seed: u64, text: &str) -> Result<(), Error> {
    let (transport, device) = (office.server.browser(), MemoryDevice::new(seed));
    let stranger = Client::new(transport, device, office.server.origin());
    let form = form_from_link(&made.link_fragment).unwrap();
    stranger
        .fill_form(&form, filled(text), Zeroizing::default())
        .await
}

fn texts(all: &FormAnswers) -> Vec<String> {
    let first = |fields: &[coffer_client::FilledField]| String::from_utf8(fields[0].content.to_vec());
    let answers = all.answers.iter();
    answers
        .map(|answer| first(&answer.filled.fields).unwrap())
        .collect()
}

async fn status(office: &Office, made: &CreatedForm) -> FormStatus {
    let forms = office.vault.forms().await.unwrap();
    forms.into_iter().find(|form| form.id == made.id).unwrap()
}

fn for_many(answers: u32) -> FormDraft {
    FormDraft { answers, ..draft() }
}

#[test]
fn a_form_for_many_answers_keeps_them_apart_until_it_is_closed() {
    run(async {
        let ada = Office::open(93).await;
        let made = ada.vault.create_form(&for_many(3)).await.unwrap();
        answer(&ada, &made, 931, "from Ines").await.unwrap();
        ada.server.pass(60_000);
        answer(&ada, &made, 932, "from Bo").await.unwrap();
        let told = status(&ada, &made).await;
        assert_eq!(
            (told.state, told.most, told.answers, told.unread),
            (FormState::Answered, 3, 2, 2)
        );
        assert_eq!(told.link_fragment.as_ref(), Some(&made.link_fragment));
        let all = ada.vault.form_answers(&made.id).await.unwrap();
        assert_eq!(texts(&all), ["from Ines", "from Bo"]);
        assert!(all.answers[0].at < all.answers[1].at && all.answers[0].at.is_some());
        assert_eq!((all.forged.len(), all.withheld), (0, 0));
        // What became of each is known on every device of who asked, and is not taken back.
        let (ines, bo) = (all.answers[0].id.clone(), all.answers[1].id.clone());
        for mark in [AnswerMark::Used, AnswerMark::Read] {
            ada.vault.mark_answer(&made.id, &ines, mark).await.unwrap();
        }
        let elsewhere = ada.again(933).await;
        let all = elsewhere.vault.form_answers(&made.id).await.unwrap();
        let marks: Vec<_> = all.answers.iter().map(|answer| answer.mark).collect();
        assert_eq!(marks, [AnswerMark::Used, AnswerMark::New]);
        assert_eq!(status(&elsewhere, &made).await.unread, 1);
        // Full, it takes no more; deleting one makes room.
        answer(&ada, &made, 934, "from Cy").await.unwrap();
        assert_eq!(answer(&ada, &made, 935, "from Di").await, Err(Error::NameTaken));
        assert_eq!(status(&elsewhere, &made).await.link_fragment, None);
        elsewhere.vault.delete_answer(&made.id, &bo).await.unwrap();
        answer(&ada, &made, 936, "from Di").await.unwrap();
        let all = elsewhere.vault.form_answers(&made.id).await.unwrap();
        assert_eq!(texts(&all), ["from Ines", "from Cy", "from Di"]);
        // After its end it is read still; closed, it is not.
        for office in [&ada, &elsewhere] {
            office.device.advance(61 * 60_000);
        }
        ada.server.pass(61 * 60_000);
        assert!(answer(&ada, &made, 937, "late").await.is_err());
        let told = status(&elsewhere, &made).await;
        assert_eq!((told.state, told.link_fragment), (FormState::Answered, None));
        assert_eq!(
            elsewhere
                .vault
                .form_answers(&made.id)
                .await
                .unwrap()
                .answers
                .len(),
            3
        );
        elsewhere.vault.close_form(&made.id).await.unwrap();
        assert_eq!(
            elsewhere.vault.form_answers(&made.id).await.err(),
            Some(Error::NotFound)
        );
    });
}

#[test]
fn an_answer_that_a_server_withholds_doubles_swaps_or_brings_back_is_noticed() {
    run(async {
        let ada = Office::open(94).await;
        let made = ada.vault.create_form(&for_many(5)).await.unwrap();
        let other = ada.vault.create_form(&for_many(5)).await.unwrap();
        for (seed, text) in [(941, "one"), (942, "two")] {
            answer(&ada, &made, seed, text).await.unwrap();
        }
        answer(&ada, &other, 943, "of the other form").await.unwrap();
        let path = format!("/api/v1/shared-secrets/requests/{}/answers", other.id);
        let bearer = ada.bearer();
        let foreign = ada.server.browser();
        let foreign = foreign.call(Method::Get, &path, Some(&bearer), None).await;
        let foreign = foreign["answers"][0].clone();
        let lie = |change: fn(&mut Vec<Value>, &Value)| {
            let foreign = foreign.clone();
            ada.transport.honest();
            ada.transport.tamper_json("/answers", move |body| {
                if let Some(answers) = body["answers"].as_array_mut() {
                    change(answers, &foreign);
                }
            });
        };
        let read = || async { ada.vault.form_answers(&made.id).await.unwrap() };
        // The same answer under another id, at another time, is one.
        lie(|answers, _| {
            let mut again = answers[0].clone();
            again["id"] = json!("another");
            again["at"] = json!("2031-01-01T00:00:00.000Z");
            answers.push(again);
        });
        assert_eq!(texts(&read().await), ["one", "two"]);
        assert_eq!(status(&ada, &made).await.answers, 2);
        // Of another form, or made up: not shown, and told.
        lie(|answers, foreign| {
            answers.push(foreign.clone());
            answers.push(json!({ "id": "x", "at": "2026-01-01T00:00:00.000Z", "secretValue": "cfa1.AQ" }));
        });
        let all = read().await;
        assert_eq!(
            (texts(&all), all.forged.len()),
            (vec!["one".to_owned(), "two".to_owned()], 2)
        );
        assert_eq!(status(&ada, &made).await.answers, 2);
        // Held back after it was seen.
        lie(|answers, _| {
            answers.remove(0);
        });
        let all = read().await;
        assert_eq!((texts(&all), all.withheld), (vec!["two".to_owned()], 1));
        // Brought back after it was deleted.
        ada.transport.honest();
        let one = read().await.answers[0].id.clone();
        let kept = ada.server.browser();
        let path = format!("/api/v1/shared-secrets/requests/{}/answers", made.id);
        let kept = kept.call(Method::Get, &path, Some(&bearer), None).await["answers"][0].clone();
        ada.vault.delete_answer(&made.id, &one).await.unwrap();
        ada.transport.tamper_json("/answers", move |body| {
            if let Some(answers) = body["answers"].as_array_mut() {
                answers.push(kept.clone());
            }
        });
        let all = read().await;
        assert_eq!((texts(&all), all.withheld), (vec!["two".to_owned()], 0));
        assert_eq!(status(&ada, &made).await.answers, 1);
    });
}

#[test]
fn rubbish_in_a_form_is_counted_shown_as_none_and_deleted() {
    run(async {
        let ada = Office::open(95).await;
        let made = ada.vault.create_form(&for_many(2)).await.unwrap();
        // Somebody who has the address of the form, and not its key.
        let path = format!("/api/v1/shared-secrets/requests/{}/set-value", made.id);
        for text in ["rubbish", "cfa1.AAAA"] {
            let body = json!({ "secretValue": text });
            let vandal = ada.server.browser();
            vandal.call(Method::Post, &path, None, Some(body)).await;
        }
        assert_eq!(answer(&ada, &made, 951, "mine").await, Err(Error::NameTaken));
        let all = ada.vault.form_answers(&made.id).await.unwrap();
        assert_eq!((all.answers.len(), all.forged.len()), (0, 2));
        for text in &all.forged {
            ada.vault.delete_answer(&made.id, text).await.unwrap();
        }
        answer(&ada, &made, 952, "mine").await.unwrap();
        assert_eq!(texts(&ada.vault.form_answers(&made.id).await.unwrap()), ["mine"]);
    });
}

#[test]
fn a_server_with_one_answer_to_a_form_is_not_asked_for_more() {
    run(async {
        let ada = Office::open(96).await;
        ada.transport.tamper_json("/admin/config", |body| {
            body["config"]["coffer"]["shares"] = json!(["receipts"]);
        });
        assert_eq!(
            ada.vault.create_form(&for_many(2)).await.err(),
            Some(Error::Unsupported {
                what: "forms for many answers"
            })
        );
        assert!(matches!(
            ada.vault.create_form(&for_many(51)).await,
            Err(Error::Invalid { field: "answers", .. })
        ));
        // One answer is read the compatible way, and cannot be deleted alone.
        let made = ada.vault.create_form(&draft()).await.unwrap();
        answer(&ada, &made, 961, "the only one").await.unwrap();
        assert_eq!(status(&ada, &made).await.unread, 1);
        let all = ada.vault.form_answers(&made.id).await.unwrap();
        assert_eq!(
            (texts(&all), all.answers[0].at),
            (vec!["the only one".to_owned()], None)
        );
        let id = &all.answers[0].id;
        ada.vault
            .mark_answer(&made.id, id, AnswerMark::Read)
            .await
            .unwrap();
        assert_eq!(status(&ada, &made).await.unread, 0);
        assert!(matches!(
            ada.vault.delete_answer(&made.id, id).await,
            Err(Error::Unsupported { .. })
        ));
    });
}

/// Answers in the place of a server that knows no form any more.
fn lost(request: &Request) -> Option<Result<Response, TransportError>> {
    let asked = request.path.contains("shared-secrets/requests");
    asked.then(|| {
        Ok(Response {
            status: 404,
            body: b"{}".to_vec(),
        })
    })
}

/// Makes of a list one of a server that does not say how its requests stand.
fn says_nothing(list: &mut Value) {
    for request in list["secrets"].as_array_mut().unwrap() {
        let request = request.as_object_mut().unwrap();
        request.retain(|name, _| !["answers", "isSecretValueSet", "maxAnswers"].contains(&name.as_str()));
    }
}

/// Lets the time pass for everybody.
fn pass(office: &Office, ms: u64) {
    office.device.advance(ms);
    office.server.pass(ms);
}

#[test]
fn what_a_server_erased_in_time_is_told_from_what_it_withholds() {
    run(async {
        let ada = Office::open(97).await;
        let many = ada.vault.create_form(&for_many(3)).await.unwrap();
        let one = ada.vault.create_form(&draft()).await.unwrap();
        let unread = ada.vault.create_form(&for_many(3)).await.unwrap();
        let nothing = ada.vault.create_form(&draft()).await.unwrap();
        for (seed, form) in [(971, &many), (972, &one), (973, &unread)] {
            answer(&ada, form, seed, "here").await.unwrap();
        }
        let kept_until = Some(one.not_after + 7 * 86_400_000);
        for form in [&many, &one] {
            let all = ada.vault.form_answers(&form.id).await.unwrap();
            assert_eq!((all.answers.len(), all.kept_until), (1, kept_until));
        }
        assert_eq!(status(&ada, &unread).await.kept_until, kept_until);
        let states = async || {
            let mut states = Vec::new();
            for form in [&many, &one, &unread, &nothing] {
                states.push(status(&ada, form).await.state);
            }
            states
        };
        // After the end, and while the server keeps it still.
        pass(&ada, 6 * 86_400_000);
        use FormState::{Answered, Erased, Expired, Missing};
        assert_eq!(states().await, [Answered, Answered, Answered, Expired]);
        // As a server that has lost them.
        ada.transport.intercept(lost);
        assert_eq!(states().await, [Missing, Missing, Expired, Expired]);
        for form in [&many, &one] {
            let all = ada.vault.form_answers(&form.id).await.unwrap();
            assert_eq!((all.answers.len(), all.withheld, all.erased), (0, 1, 0));
        }
        // A week after the end it has erased them.
        ada.transport.honest();
        ada.vault.forms().await.unwrap();
        for form in [&many, &one, &unread, &nothing] {
            let path = format!("/api/v1/shared-secrets/requests/{}", form.id);
            let swept = ada.server.browser();
            swept.call(Method::Delete, &path, Some(&ada.bearer()), None).await;
        }
        pass(&ada, 2 * 86_400_000);
        assert_eq!(states().await, [Erased, Erased, Expired, Expired]);
        for form in [&many, &one] {
            let all = ada.vault.form_answers(&form.id).await.unwrap();
            assert_eq!((all.answers.len(), all.withheld, all.erased), (0, 0, 1));
        }
        // A server that is not Coffer's has to keep nothing after the end.
        let other = ada.vault.create_form(&draft()).await.unwrap();
        answer(&ada, &other, 974, "there").await.unwrap();
        assert_eq!(ada.vault.form_answers(&other.id).await.unwrap().answers.len(), 1);
        ada.transport
            .tamper_json("/admin/config", |body| body["config"]["coffer"] = json!({}));
        assert_eq!(status(&ada, &other).await.kept_until, None);
        ada.transport.intercept(lost);
        assert_eq!(status(&ada, &other).await.state, Missing, "before its end");
        pass(&ada, 2 * 3_600_000);
        assert_eq!(status(&ada, &other).await.state, Erased);
    });
}

#[test]
fn a_question_that_fails_leaves_one_form_unknown_and_the_others_told() {
    run(async {
        let ada = Office::open(98).await;
        let mut made = Vec::new();
        for _ in 0..9 {
            made.push(ada.vault.create_form(&draft()).await.unwrap());
        }
        answer(&ada, &made[8], 981, "here").await.unwrap();
        ada.transport.tamper_json("requests?", says_nothing);
        let asked = made[4].id.to_string();
        ada.transport.intercept(move |request| {
            let limited = request.path.ends_with(&asked);
            limited.then(|| {
                let body = json!({ "message": "Rate limit exceeded. Please try again in 20 seconds" });
                Ok(Response {
                    status: 429,
                    body: body.to_string().into_bytes(),
                })
            })
        });
        let forms = ada.vault.forms().await.unwrap();
        let of = |form: &CreatedForm| forms.iter().find(|told| told.id == form.id).unwrap();
        for (number, form) in made.iter().enumerate() {
            let (told, expected) = (
                of(form),
                match number {
                    4 => FormState::Unknown,
                    8 => FormState::Answered,
                    _ => FormState::Waiting,
                },
            );
            assert_eq!(told.state, expected, "{number}");
            assert_eq!(told.link_fragment.is_some(), number != 8, "it may take answers");
        }
    });
}

/// What somebody who waits looks at every minute costs one list, where the server's list says enough.
#[test]
fn a_form_is_asked_about_only_where_the_list_does_not_say_how_it_stands() {
    run(async {
        let ada = Office::open(101).await;
        let waiting = ada.vault.create_form(&draft()).await.unwrap();
        let answered = ada.vault.create_form(&draft()).await.unwrap();
        let read = ada.vault.create_form(&for_many(3)).await.unwrap();
        let grew = ada.vault.create_form(&for_many(3)).await.unwrap();
        let empty = ada.vault.create_form(&for_many(3)).await.unwrap();
        let closed = ada.vault.create_form(&draft()).await.unwrap();
        ada.vault.close_form(&closed.id).await.unwrap();
        for (seed, form) in [(1011, &answered), (1012, &read), (1013, &read), (1014, &grew)] {
            answer(&ada, form, seed, &format!("by {seed}")).await.unwrap();
        }
        ada.vault.form_answers(&read.id).await.unwrap();
        // What a look tells, which forms it asked about, and how many times it asked for the rows of the bundle.
        let look = async || {
            let before = ada.transport.recorded().len();
            let (shares, forms) = ada.vault.links().await.unwrap();
            assert_eq!(shares, []);
            let sent = ada.transport.recorded().split_off(before);
            let all = [&waiting, &answered, &read, &grew, &empty, &closed];
            let asked = all.map(|made| {
                let about = format!("requests/{}", made.id);
                sent.iter().any(|exchange| exchange.path.contains(&about))
            });
            let told = all.map(|made| {
                let form = forms.iter().find(|form| form.id == made.id).unwrap();
                (form.state, form.answers, form.unread)
            });
            let bundles = sent
                .iter()
                .filter(|exchange| exchange.path.starts_with("/api/v4/secrets?"));
            (told, asked, bundles.count())
        };
        use FormState::{Answered, Closed, Waiting};
        let expected = [
            (Waiting, 0, 0),
            (Answered, 1, 1),
            (Answered, 2, 2),
            (Answered, 1, 1),
            (Waiting, 0, 0),
            (Closed, 0, 0),
        ];
        let (told, asked, bundles) = look().await;
        assert_eq!(told, expected);
        assert_eq!(asked, [false, false, false, true, false, false]);
        assert_eq!(bundles, 1, "one look, one catching up");
        // A server that does not say, and one that has no such list.
        let silent = [true, true, true, true, true, false];
        ada.transport.tamper_json("requests?", says_nothing);
        let (told, asked, _) = look().await;
        assert_eq!((told, asked), (expected, silent));
        ada.transport.honest();
        ada.transport.intercept(|request| {
            let answer = Response {
                status: 404,
                body: b"{}".to_vec(),
            };
            request.path.contains("requests?").then_some(Ok(answer))
        });
        let (told, asked, _) = look().await;
        assert_eq!((told, asked), (expected, silent));
    });
}

#[test]
fn a_form_that_may_still_be_answered_is_never_forgotten_for_another() {
    run(async {
        let ada = Office::open(99).await;
        let first = ada.vault.create_form(&draft()).await.unwrap();
        for _ in 1..100 {
            ada.vault.create_form(&draft()).await.unwrap();
        }
        let full = Error::NoRoom {
            what: "forms",
            most: 100,
        };
        assert_eq!(ada.vault.create_form(&draft()).await.err(), Some(full.clone()));
        answer(&ada, &first, 991, "here").await.unwrap();
        // Over, but its answer is kept still.
        pass(&ada, 6 * 86_400_000);
        assert_eq!(ada.vault.create_form(&draft()).await.err(), Some(full));
        let all = ada.vault.form_answers(&first.id).await.unwrap();
        assert_eq!(texts(&all), ["here"]);
        // Another device has closed it.
        let elsewhere = ada.again(992).await;
        elsewhere.vault.close_form(&first.id).await.unwrap();
        let last = ada.vault.create_form(&draft()).await.unwrap();
        let forms = ada.vault.forms().await.unwrap();
        assert_eq!(forms.len(), 100);
        assert!(forms.iter().any(|form| form.id == last.id) && forms.iter().all(|form| form.id != first.id));
    });
}
