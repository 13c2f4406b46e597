//! The words that client and server share: ids, sealed bytes, bodies and paths of the compatible API.
