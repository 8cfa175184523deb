//! The studio by its router, without a socket.

mod access;
mod contract;
mod files;
mod support;
mod work;
