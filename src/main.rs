//! The binary that Trunk builds: it starts the app and does nothing else.

fn main() {
    coffer_web::start();
}
