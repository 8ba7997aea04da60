//! What a user is told, as data; no terminal, no colour.
