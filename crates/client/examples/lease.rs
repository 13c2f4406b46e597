//! A lease for a program: signs in as a machine, asks people for secrets for a while, uses them, gives them back.
//!
//! `cargo run -p coffer-client --example lease` does it on a server in this process, with an admin who adds the machine and
//! approves. With the lines that the members page gives for a machine in its environment (`COFFER_SERVER`,
//! `COFFER_PROJECT`, `COFFER_MACHINE_TOKEN`, `COFFER_CLIENT_ID`, `COFFER_CLIENT_SECRET`), `… --example lease ENVIRONMENT FOLDER
//! REASON` does it on a server that listens on this machine.
#![allow(clippy::print_stdout, reason = "it tells what it does")]

use std::{env, error::Error, thread, time::Duration};

use coffer_client::{
    AccessState, AskDraft, Client, Device, Error as ClientError, HeldGrant, Machine, MachineDraft,
    MachineToken, NewEnvironment, Passphrase, Project, ProjectId, Saying, ServerOrigin, SetUp, Transport,
    WantedItem, suggest_passphrase,
};
use coffer_testkit::{Loopback, MemoryDevice, TestServer, put, run};
use zeroize::Zeroizing;

#[allow(dead_code, reason = "a test includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    let device = MemoryDevice::of_this_machine()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    run(async {
        match arguments.as_slice() {
            [] => rehearse(&TestServer::start(), device).await,
            [environment, folder, reason] => there(device, environment, folder, reason).await,
            _ => Err("usage: lease [ENVIRONMENT FOLDER REASON]".into()),
        }
    })
}

/// What a program does: everything that is granted, once somebody has approved. `wait` is called with so many
/// milliseconds between two looks, which get rarer.
pub async fn lease<T: Transport, D: Device>(
    machine: &Machine<T, D>,
    draft: &AskDraft,
    mut wait: impl AsyncFnMut(&str, u32),
) -> Result<(String, HeldGrant), Box<dyn Error>> {
    let project = machine.project();
    let id = project.ask(draft).await?;
    println!("asked for access: request {id}");
    let mut pause = 2_000;
    loop {
        wait(&id, pause).await;
        match project.held_grant(&id).await {
            Ok(held) => return Ok((id, held)),
            // Nothing was handed over yet.
            Err(ClientError::NotFound | ClientError::Offline) => {}
            Err(other) => return Err(other.into()),
        }
        let requests = project.requests().await?;
        match requests
            .into_iter()
            .find(|request| request.id == id)
            .map(|request| request.state)
        {
            Some(AccessState::Waiting { more }) => println!("waiting for {more} more"),
            Some(AccessState::Approved | AccessState::Granted { .. }) => {}
            other => return Err(format!("it will not be granted: {other:?}").into()),
        }
        pause = (pause * 2).min(60_000);
    }
}

/// The same as the program that has the lines of the members page in its environment.
async fn there(
    device: MemoryDevice,
    environment: &str,
    folder: &str,
    reason: &str,
) -> Result<(), Box<dyn Error>> {
    let server = env::var("COFFER_SERVER")?;
    let client = Client::new(
        Loopback::new(&server),
        device.clone(),
        ServerOrigin::parse(&server)?,
    );
    let token = MachineToken::parse(&Zeroizing::new(env::var("COFFER_MACHINE_TOKEN")?))?;
    let secret = Zeroizing::new(env::var("COFFER_CLIENT_SECRET")?);
    let session = client
        .sign_in_machine(&env::var("COFFER_CLIENT_ID")?, secret)
        .await?;
    let project = ProjectId::new(env::var("COFFER_PROJECT")?);
    let machine = session.open_as_machine(&token, &project).await?;
    let wait = async |_: &str, ms: u32| {
        thread::sleep(Duration::from_millis(ms.into()));
        device.advance(ms.into());
    };
    let (id, held) = lease(&machine, &draft(environment, folder, reason), wait).await?;
    tell(&held);
    machine.project().say(&id, Saying::GiveBack).await?;
    machine.sign_out().await;
    Ok(())
}

/// Both sides: an admin who adds the machine and approves what it asks for, and the machine.
pub async fn rehearse(server: &TestServer, device: MemoryDevice) -> Result<(), Box<dyn Error>> {
    server.set_now(device.now());
    let admin = open_for_business(server, &device).await?;
    let added = admin
        .add_machine(&MachineDraft {
            name: "nightly build".to_owned(),
            rights: Vec::new(),
        })
        .await?;
    // A machine of its own, which keeps nothing of the admin's.
    let client = Client::new(server.browser(), MemoryDevice::new(7), server.origin());
    client.device().set_now(device.now());
    let session = client
        .sign_in_machine(&added.client_id, added.client_secret.clone())
        .await?;
    let token = MachineToken::parse(&added.token)?;
    let machine = session.open_as_machine(&token, &admin.summary().id).await?;
    let wait = async |id: &str, _| match admin.approve(id, 600, Zeroizing::default()).await {
        Ok(_) => println!("the admin approves ten minutes"),
        Err(why) => println!("the admin does not approve: {why}"),
    };
    let draft = draft("production", "/", "nightly build 4711 uploads its result");
    let (id, held) = lease(&machine, &draft, wait).await?;
    tell(&held);
    machine.project().say(&id, Saying::GiveBack).await?;
    println!("given back: {}", machine.project().held_grant(&id).await.is_err());
    machine.sign_out().await;
    Ok(())
}

fn draft(environment: &str, folder: &str, reason: &str) -> AskDraft {
    AskDraft {
        environment: environment.to_owned(),
        wanted: vec![WantedItem::Folder(folder.to_owned())],
        propose: false,
        seconds: 3_600,
        starts: None,
        reason: Zeroizing::new(reason.to_owned()),
        ticket: String::new(),
        follows: None,
    }
}

/// What was granted, without the values: a program hands them to whoever needs them.
fn tell(held: &HeldGrant) {
    println!(
        "held until {}, approved by {}",
        held.until,
        held.approved_by.join(", ")
    );
    for secret in &held.secrets {
        println!("{} {}: {} bytes", secret.path, secret.name, secret.value.len());
    }
}

async fn open_for_business(
    server: &TestServer,
    device: &MemoryDevice,
) -> Result<Project<coffer_testkit::InProcess, MemoryDevice>, Box<dyn Error>> {
    let passphrase: Passphrase = suggest_passphrase(device);
    let set_up = SetUp {
        email: "ada@example.org".to_owned(),
        organization: "Harbour & Sons".to_owned(),
        name: String::new(),
        passphrase,
    };
    let (vault, _kit) = Client::new(server.browser(), device.clone(), server.origin())
        .set_up(set_up)
        .await?;
    let production = NewEnvironment {
        name: "Production".to_owned(),
        slug: "production".to_owned(),
    };
    let made = vault.create_project("Payments", &[production]).await?;
    let project = vault.open_project(&made.id).await?;
    let open = project.open_environment("production").await?;
    open.save(vec![put("/", "UPLOAD_KEY", "low tide at six")])
        .await
        .map_err(|why| format!("{why:?}"))?;
    Ok(project)
}
