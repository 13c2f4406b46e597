//! The compatible API and the static files of the app.
