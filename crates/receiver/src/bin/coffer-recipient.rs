//! The program that the receiver of a share link gets instead of the app: it shows that one page and does nothing else.

fn main() {
    coffer_receiver::start_share();
}
