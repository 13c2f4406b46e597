//! Coffer's own widgets: props in, callbacks out. They know neither the server nor the app's state.
