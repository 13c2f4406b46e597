//! What was acknowledged survives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::process::Server;

#[test]
fn a_kill_in_the_middle_of_writes_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let (_, token) = server.bootstrap();
    let (project, _) = server.project(&token);
    server.kill();

    let mut acknowledged: Vec<String> = Vec::new();
    let mut in_flight = 0;
    for round in 0..50 {
        let server = Arc::new(Server::start(folder.path()));
        let list = format!("/api/v4/secrets?projectId={project}&environment=dev&includeImports=false");
        let kept = server.ok("GET", &list, &token, None);
        let kept: Vec<_> = kept["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["secretKey"].as_str().unwrap())
            .collect();
        for name in &acknowledged {
            assert!(
                kept.contains(&name.as_str()),
                "round {round}: {name} was acknowledged and is lost"
            );
        }
        let done = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (server, done, project, token) = (server.clone(), done.clone(), project.clone(), token.clone());
                std::thread::spawn(move || {
                    let mut written = Vec::new();
                    for number in 0.. {
                        let name = format!("R{round}W{writer}N{number}");
                        let body = json!({ "projectId": project, "environment": "dev", "secretValue": "v".repeat(300) });
                        match server.send("POST", &format!("/api/v4/secrets/{name}"), &token, Some(&body)) {
                            Ok((200, _)) => written.push(name),
                            Ok((status, answer)) => panic!("{status} {answer}"),
                            Err(_) => return (written, true),
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    (written, false)
                })
            })
            .collect();
        while done.load(Ordering::Relaxed) < 2 + round % 5 {
            std::thread::sleep(Duration::from_micros(200));
        }
        server.kill_now();
        for writer in writers {
            let (written, cut) = writer.join().unwrap();
            acknowledged.extend(written);
            in_flight += usize::from(cut);
        }
        Arc::into_inner(server).unwrap().kill();
    }
    assert!(
        acknowledged.len() >= 100 && in_flight >= 50,
        "{} written, {in_flight} cut off",
        acknowledged.len()
    );
}
