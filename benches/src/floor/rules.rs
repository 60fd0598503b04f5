//! One pass over rules that are compiled to literals or `*`.

use crate::works::Running;
use crate::{NAME, rules};
use std::hint::black_box;
use std::net::SocketAddr;

/// Method, host, path and service. None is `*`.
struct Rule([Option<Box<str>>; 4]);

#[inline(never)]
fn first(rules: &[Rule], request: &[&str; 4]) -> Option<usize> {
    let agrees = |(pattern, text): (&Option<Box<str>>, &&str)| match pattern {
        Some(literal) => **literal == **text,
        None => true,
    };
    rules
        .iter()
        .position(|rule| rule.0.iter().zip(request).all(agrees))
}

fn matching(n: usize) -> Running {
    let mut rules: Vec<Rule> = (1..n)
        .map(|i| {
            let [host, path, service] = rules::texts(i);
            Rule([
                None,
                Some(host.into()),
                Some(path.into()),
                Some(service.into()),
            ])
        })
        .collect();
    let literal = |text: &str| Some(text.into());
    rules.push(Rule([literal("GET"), literal(NAME), None, literal(NAME)]));
    let request = ["GET", NAME, "/orders/42", NAME];
    assert_eq!(first(&rules, &request), Some(n - 1));
    Running::each(move |_| {
        black_box(first(black_box(&rules), black_box(&request)));
    })
}

/// The last of 10 rules.
#[must_use]
pub fn rules_10(_: SocketAddr) -> Running {
    matching(10)
}

/// The last of 100 rules.
#[must_use]
pub fn rules_100(_: SocketAddr) -> Running {
    matching(100)
}
