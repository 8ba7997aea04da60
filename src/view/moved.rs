//! moved
