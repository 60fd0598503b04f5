//! The `sql` block of a subsegment.

use super::metadata;
use crate::json;
use crate::trace::{Edit, Trace};

/// A query as the document shows it (`sql`).
///
/// What is given is recorded: neither `url` nor `connection_string` may hold a password, nor
/// `sanitized_query` a value of the user's.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Sql<'a> {
    /// Where the database is, as a URL.
    pub url: Option<&'a str>,
    /// Where the database is, in any other form.
    pub connection_string: Option<&'a str>,
    /// The query, without values.
    pub sanitized_query: Option<&'a str>,
    /// PostgreSQL, MySQL, ….
    pub database_type: Option<&'a str>,
    /// The version of the database.
    pub database_version: Option<&'a str>,
    /// The driver and its version.
    pub driver_version: Option<&'a str>,
    /// The database's user; at most 250 characters.
    pub user: Option<&'a str>,
    /// `statement` or `call`.
    pub preparation: Option<&'a str>,
}

const LONGEST: usize = 10_000;

pub(super) fn add(trace: &Trace, at: (u32, u64), sql: &Sql<'_>) {
    let members = [
        ("url", sql.url, LONGEST),
        ("connection_string", sql.connection_string, LONGEST),
        ("sanitized_query", sql.sanitized_query, LONGEST),
        ("database_type", sql.database_type, 250),
        ("database_version", sql.database_version, 250),
        ("driver_version", sql.driver_version, 250),
        ("user", sql.user, 250),
        ("preparation", sql.preparation, 250),
    ];
    let members = members.map(|(key, value, longest)| (key, value.unwrap_or_default(), longest));
    if members.iter().all(|(_, value, _)| value.is_empty()) {
        return;
    }
    trace.edit(at, |node| {
        if node.is_segment() {
            return Edit::NotHere;
        }
        metadata::member(node, "sql", |out| {
            let mut before = b'{';
            for (key, value, longest) in members {
                if !value.is_empty() {
                    out.push(before);
                    json::string(out, key);
                    out.push(b':');
                    json::string(out, json::cut_chars(value, longest));
                    before = b',';
                }
            }
            out.push(b'}');
        })
    });
}
