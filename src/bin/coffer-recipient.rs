//! The program that the receiver of a link gets instead of the app: it opens a share, or fills in a form, and does
//! nothing else.

fn main() {
    coffer_web::start_recipient();
}
