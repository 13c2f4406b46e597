//! Journeys: each is one thing that somebody comes for, from the first click to the last.

mod access;
mod life;
mod share;
