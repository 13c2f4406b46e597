//! Everything that is stored: one trait, one contract, SQLite.
