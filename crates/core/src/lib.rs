//! Keys and protocol. Pure: no I/O, no clock, no randomness of its own, no JSON.
