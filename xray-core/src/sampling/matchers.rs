//! Finding the rule for a request among many.

use super::SamplingRequest;
use super::rule::Matcher;

/// Rules in the order in which they are asked.
///
/// Matching wildcards costs some 50 ns, and an account may have a hundred rules, nearly all of which
/// do not match. So a sieve comes first: which pairs of neighbouring characters occur in the
/// request, as bits, is worked out once, and a rule with a pair that does not occur is passed over
/// for the cost of a few ANDs.
#[derive(Debug, Default)]
pub(crate) struct Matchers {
    pairs: Box<[Pairs]>,
    matchers: Box<[Matcher]>,
    /// What is not zero here is asked for by some rule.
    wanted: Pairs,
}

impl Matchers {
    #[inline]
    pub(crate) fn find(&self, request: &SamplingRequest<'_>) -> Option<usize> {
        let occurring = Pairs::of_request(request, self.wanted);
        let mut rules = self.pairs.iter().zip(&self.matchers);
        rules.position(|(pairs, rule)| pairs.within(occurring) && rule.matches(request))
    }
}

impl FromIterator<Matcher> for Matchers {
    fn from_iter<I: IntoIterator<Item = Matcher>>(matchers: I) -> Self {
        let matchers: Box<[Matcher]> = matchers.into_iter().collect();
        let pairs: Box<[Pairs]> = matchers
            .iter()
            .map(|rule| {
                Pairs(
                    rule.common()
                        .map(|pattern| pattern.runs().fold(0, add_pairs)),
                )
            })
            .collect();
        let mut wanted = Pairs::default();
        for rule in &pairs {
            for (all, one) in wanted.0.iter_mut().zip(rule.0) {
                *all |= one;
            }
        }
        Self {
            pairs,
            matchers,
            wanted,
        }
    }
}

/// For method, path, host and service each: which pairs of neighbouring bytes there are, in a hash
/// of 64 bits that does not tell letters by their case.
#[derive(Clone, Copy, Debug, Default)]
struct Pairs([u64; 4]);

/// A longer text is not worked through; it passes every sieve.
const LONGEST: usize = 512;

impl Pairs {
    #[inline]
    fn of_request(request: &SamplingRequest<'_>, wanted: Self) -> Self {
        let texts = [
            request.method,
            request.path,
            request.host,
            Some(request.service),
        ];
        let mut occurring = Self([u64::MAX; 4]);
        for ((bits, wanted), text) in occurring.0.iter_mut().zip(wanted.0).zip(texts) {
            match text {
                Some(text) if wanted != 0 && text.len() <= LONGEST => *bits = add_pairs(0, text),
                _ => {}
            }
        }
        occurring
    }

    #[inline]
    fn within(&self, occurring: Self) -> bool {
        let missing = |i: usize| self.0[i] & !occurring.0[i];
        missing(0) | missing(1) | missing(2) | missing(3) == 0
    }
}

#[inline]
fn add_pairs(bits: u64, text: &str) -> u64 {
    // Bit 5 is the case of a letter; other bytes that differ in it alone may as well be one.
    let folded = |byte: u8| u32::from(byte | 0x20);
    let pairs = text.as_bytes().windows(2);
    pairs.fold(bits, |bits, pair| {
        let hash = folded(pair[0]) * 37 + folded(pair[1]) * 11;
        bits | 1 << (hash & 63)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::{Chance, Rule};
    use proptest::prelude::*;
    use std::time::Duration;

    fn rules(patterns: &[[String; 4]]) -> Vec<Rule> {
        let rule = |[method, path, host, service]: &[String; 4]| Rule {
            http_method: method.clone(),
            url_path: path.clone(),
            host: host.clone(),
            service_name: service.clone(),
            ..Rule::new("r")
        };
        patterns.iter().map(rule).collect()
    }

    fn pattern() -> impl Strategy<Value = String> {
        prop_oneof![Just("*".to_owned()), "[aAbéÉ@`*?]{0,5}"]
    }

    fn text() -> impl Strategy<Value = Option<String>> {
        prop::option::of("[aAbéÉ@`]{0,6}")
    }

    proptest! {
        #[test]
        fn the_sieve_changes_nothing(
            patterns in prop::collection::vec([pattern(), pattern(), pattern(), pattern()], 0..6),
            [method, path, host] in [text(), text(), text()],
            service in "[aAb]{0,6}",
        ) {
            let chance = Chance::default();
            let mut request = SamplingRequest::at(&service, Duration::ZERO, &chance);
            request.method = method.as_deref();
            request.path = path.as_deref();
            request.host = host.as_deref();
            let rules = rules(&patterns);
            let naive = rules.iter().position(|rule| Matcher::new(rule).matches(&request));
            let matchers: Matchers = rules.iter().map(Matcher::new).collect();
            prop_assert_eq!(matchers.find(&request), naive);
        }
    }

    #[test]
    fn long_texts_pass_every_sieve() {
        let any = || "*".to_owned();
        let path = format!("{}/x", "/a".repeat(LONGEST));
        let matchers = rules(&[
            [any(), "*/y".to_owned(), any(), any()],
            [any(), "*/x".to_owned(), any(), any()],
        ]);
        let matchers: Matchers = matchers.iter().map(Matcher::new).collect();
        let chance = Chance::default();
        let mut request = SamplingRequest::at("service", Duration::ZERO, &chance);
        request.path = Some(&path);
        assert_eq!(matchers.find(&request), Some(1));
    }
}
