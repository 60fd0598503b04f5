//! The catalogue, read from its text once.

use super::{Parameter, Side, Take};
use std::collections::HashMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("catalogue.txt");

/// Stands for all operations of a service.
const ANY: &str = "*";

type Operations = HashMap<&'static str, Vec<Parameter>>;

static CATALOGUE: LazyLock<HashMap<&'static str, Operations>> = LazyLock::new(|| {
    let mut services: HashMap<_, Operations> = HashMap::new();
    for (service, operation, parameter) in TEXT.lines().filter_map(line).flatten() {
        let operations = services.entry(service).or_default();
        operations.entry(operation).or_default().push(parameter);
    }
    services
});

/// What the catalogue has for an operation of a service, which has its canonical name.
pub(super) fn parameters(
    service: &str,
    operation: &str,
) -> impl Iterator<Item = &'static Parameter> {
    let operations = CATALOGUE.get(service);
    let named = move |name| operations.and_then(|o| o.get(name)).into_iter().flatten();
    named(operation).chain(named(ANY))
}

type Entry = (&'static str, &'static str, Parameter);

fn line(line: &'static str) -> Option<Vec<Entry>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let mut words = line.split_whitespace();
    let (service, operations) = (words.next()?, words.next()?);
    let mut side = Side::Request;
    let mut entries = Vec::new();
    for word in words {
        if word == ">" {
            side = Side::Response;
            continue;
        }
        let parameter = parameter(word, side);
        let all = operations.split(',');
        entries.extend(all.map(|operation| (service, operation, parameter.clone())));
    }
    Some(entries)
}

fn parameter(word: &'static str, side: Side) -> Parameter {
    let (member, key) = match word.split_once('=') {
        Some((member, key)) => (member, Some(key)),
        None => (word, None),
    };
    let (member, take) = match member.split_once('.') {
        Some((member, "keys")) => (member, Take::Keys),
        Some((member, "count")) => (member, Take::Count),
        _ => (member, Take::Value),
    };
    let mut parameter = Parameter::new(member, side);
    parameter.take = take;
    if let Some(key) = key {
        parameter = parameter.named(key);
    }
    parameter
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(service: &str, operation: &str, side: Side) -> Vec<&'static str> {
        let all = parameters(service, operation).filter(|p| p.side == side);
        let mut keys: Vec<_> = all.map(|p| &*p.key).collect();
        keys.sort_unstable();
        keys
    }

    /// The list of the official SDKs, written down a second time and in another form.
    #[test]
    fn c36_the_catalogue_is_that_of_the_official_sdks() {
        let expected = include_str!("../../test-data/parameters.json");
        let expected: HashMap<String, HashMap<String, [Vec<String>; 2]>> =
            serde_json::from_str(expected).unwrap();
        let mut operations = 0;
        for (service, all) in &expected {
            for (operation, [request, response]) in all {
                operations += 1;
                let what = format!("{service} {operation}");
                assert_eq!(&keys(service, operation, Side::Request), request, "{what}");
                assert_eq!(
                    &keys(service, operation, Side::Response),
                    response,
                    "{what}"
                );
            }
        }
        assert!(operations > 40, "{operations}");
    }

    #[test]
    fn every_line_is_understood() {
        for text in TEXT.lines() {
            let comment = text.is_empty() || text.starts_with('#');
            let entries = line(text);
            assert_eq!(comment, entries.is_none(), "{text}");
            for (_, _, parameter) in entries.into_iter().flatten() {
                assert!(!parameter.member.contains(['.', '=', ',']), "{text}");
                let snake = |c: char| c.is_ascii_lowercase() || c == '_';
                assert!(parameter.key.chars().all(snake), "{text}");
            }
        }
    }

    #[test]
    fn what_is_not_in_the_catalogue_has_no_parameters() {
        for (service, operation) in [
            ("DynamoDB", "ListBackups"),
            ("EC2", "RunInstances"),
            ("", ""),
        ] {
            assert_eq!(parameters(service, operation).count(), 0);
        }
    }
}
