//! The server binary: opens the data folder, listens, and leaves in good order.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use coffer_server::{App, Config, Names, Network, Quota, Reach, Rng, deliver_always, router};
use tokio::net::TcpListener;

/// Keeps what Coffer's clients sealed, and hands out the app.
#[derive(Parser)]
#[command(name = "coffer-server", version)]
struct Args {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env = "COFFER_LISTEN", default_value = "127.0.0.1:8200")]
    listen: SocketAddr,
    /// The folder that everything is kept in.
    #[arg(long, env = "COFFER_DATA", default_value = "coffer-data")]
    data: PathBuf,
    /// The app's folder, as `cargo xtask dist` makes it.
    #[arg(long, env = "COFFER_WEB")]
    web: Option<PathBuf>,
    /// The address that people type, such as https://secrets.example; makes cookies for TLS only if it is https.
    #[arg(long, env = "COFFER_SITE_URL")]
    site_url: Option<String>,
    /// Other origins whose pages may call the API, separated by commas.
    #[arg(long, env = "COFFER_ALLOWED_ORIGINS", value_delimiter = ',')]
    allow_origin: Vec<String>,
    /// Other servers that the app may talk to, such as https://app.infisical.example, separated by commas.
    #[arg(long, env = "COFFER_API_ORIGINS", value_delimiter = ',', value_parser = origin)]
    api_origin: Vec<String>,
    /// Take the client's address from the last entry of X-Forwarded-For: only behind a proxy that sets it.
    #[arg(long, env = "COFFER_BEHIND_PROXY")]
    behind_proxy: bool,
    /// Refuse shares by people without an account.
    #[arg(long, env = "COFFER_NO_PUBLIC_SHARING")]
    no_public_sharing: bool,
    /// Networks that webhooks may reach beside public addresses, also without TLS, such as 10.20.0.0/16 with a chat of
    /// one's own, separated by commas. Everybody with an account can find out what answers there.
    #[arg(long, env = "COFFER_WEBHOOK_NETWORKS", value_delimiter = ',', value_parser = network)]
    webhook_network: Vec<Network>,
    /// How many shares that have not ended one account may have, and as many answers to its requests for a secret, those
    /// counted that may still come.
    #[arg(long, env = "COFFER_SHARES_PER_ACCOUNT", default_value_t = Config::default().share_quota.live)]
    shares_per_account: u64,
    /// How many bytes one account may have shared at once.
    #[arg(long, env = "COFFER_SHARE_BYTES_PER_ACCOUNT", default_value_t = Config::default().share_quota.bytes)]
    share_bytes_per_account: u64,
    /// How many bytes a shared file may have as it is sealed, in pieces; 0 takes no files. 101 MiB hold 100 MiB of content.
    #[arg(long, env = "COFFER_SHARE_FILE_BYTES", default_value_t = Config::default().share_file_bytes)]
    share_file_bytes: u64,
    /// How many bytes of files one account may have shared at once.
    #[arg(long, env = "COFFER_SHARE_FILE_BYTES_PER_ACCOUNT", default_value_t = Config::default().share_quota.files)]
    share_file_bytes_per_account: u64,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 8)))
        .max_blocking_threads(16)
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(run(Args::parse())));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(cause)) => {
            tracing::error!(%cause, "the server stopped");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    private_folder(&args.data)?;
    let rng: Rng = Arc::new(|out: &mut [u8]| {
        #[expect(
            clippy::expect_used,
            reason = "without randomness nothing here is safe: stopping is right"
        )]
        getrandom::fill(out).expect("the operating system gives random bytes");
    });
    let clock = Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    let config = Config {
        secure_cookies: args
            .site_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://")),
        site_url: args.site_url,
        allowed_origins: args.allow_origin,
        api_origins: args.api_origin,
        behind_proxy: args.behind_proxy,
        web: args.web,
        public_sharing: !args.no_public_sharing,
        share_file_bytes: args.share_file_bytes,
        share_quota: Quota {
            bytes: args.share_bytes_per_account,
            files: args.share_file_bytes_per_account,
            live: args.shares_per_account,
        },
        webhooks: Reach::new(Names::default(), args.webhook_network),
        ..Config::default()
    };
    let key = signing_key(&args.data.join("token.key"), &rng)?;
    let database = args.data.join("coffer.db");
    private_file(&database)?;
    let app = App::in_file(&database, config, clock, rng, key).await?;

    let listener = TcpListener::bind(args.listen).await?;
    let address = listener.local_addr()?;
    let mut stdout = io::stdout();
    writeln!(stdout, "coffer-server listening on http://{address}")?;
    stdout.flush()?;

    let sweeper = tokio::spawn(sweep(app.clone()));
    let courier = tokio::spawn(deliver_always(app.clone()));
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let listening = app.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop_signal().await;
        listening.stop();
        tracing::info!("stopping: finishing what is under way");
        let _ = stop.send(true);
    });
    let overdue = async {
        // Connections that idle, or answer slowly, do not hold the server up for ever.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = async { serving.await } => served?,
        () = overdue => tracing::warn!("some connections did not end in time"),
    }
    sweeper.abort();
    courier.abort();
    app.store().close().await;
    tracing::info!("stopped");
    Ok(())
}

fn origin(text: &str) -> Result<String, String> {
    if coffer_server::is_origin(text) {
        Ok(text.to_owned())
    } else {
        Err("an origin such as https://secrets.example, without a path".to_owned())
    }
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text).ok_or_else(|| "a network such as 10.20.0.0/16".to_owned())
}

/// Forgets what is over, now and every five minutes: no link lives shorter.
async fn sweep(app: App) {
    let mut rounds = tokio::time::interval(Duration::from_secs(300));
    loop {
        rounds.tick().await;
        if let Err(error) = app.store().sweep(app.now()).await {
            tracing::error!(%error, "sweeping failed");
        }
    }
}

async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// The key that signs tokens: made at the first start, then always the same.
fn signing_key(path: &Path, rng: &Rng) -> Result<[u8; 32], Failure> {
    let mut key = [0; 32];
    match fs::File::open(path) {
        Ok(mut file) => file.read_exact(&mut key)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            rng(&mut key);
            // Complete before it has its name: a crash leaves no half a key.
            let draft = path.with_extension("draft");
            let mut file =
                private(OpenOptions::new().write(true).create(true).truncate(true)).open(&draft)?;
            file.write_all(&key)?;
            file.sync_all()?;
            fs::rename(&draft, path)?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(key)
}

fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes the file, if it is not there, for its owner only: SQLite gives its other files the same mode.
fn private_file(path: &Path) -> io::Result<()> {
    private(OpenOptions::new().append(true).create(true)).open(path)?;
    Ok(())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Why the server stopped.
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// How long connections may take to end.
const GRACE: Duration = Duration::from_secs(10);
