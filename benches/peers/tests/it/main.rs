//! What `COMPARE.md` says of others' documents, looked at as they arrive.

mod claims;
mod documents;
mod heads;
mod receiver;
