//! For tests: an in-process server, a lying transport, people, seeded randomness.
