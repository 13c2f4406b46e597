//! The one joint to a network, typed calls, and the vault that opens what they fetch.
