//! The program that whoever fills in a form gets instead of the app: it shows that one page and does nothing else.

fn main() {
    coffer_receiver::start_form();
}
