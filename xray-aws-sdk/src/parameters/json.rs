//! Reads a few members of a JSON object and steps over all others, however large they are.

use super::{Parameter, Take};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Keys of one map that are recorded.
const MOST_KEYS: usize = 100;

/// Hands over the members that are there. What is no object, or no JSON, has none; of what breaks
/// off, those before the break.
pub(super) fn members(json: &[u8], wanted: &[&Parameter], found: impl FnMut(&Parameter, &Value)) {
    let mut json = serde_json::Deserializer::from_slice(json);
    // Parts that were found are recorded already, and nobody else wants to know of the rest.
    let _ = json.deserialize_any(Pick { wanted, found });
}

struct Pick<'a, F> {
    wanted: &'a [&'a Parameter],
    found: F,
}

impl<'de, F: FnMut(&Parameter, &Value)> Visitor<'de> for Pick<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let wanted = || self.wanted.iter().filter(|p| p.member == key);
            if wanted().next().is_none() {
                map.next_value::<IgnoredAny>()?;
            } else if wanted().any(|p| p.take == Take::Value) {
                let value = map.next_value::<Value>()?;
                for parameter in wanted() {
                    match parameter.take {
                        Take::Value => (self.found)(parameter, &value),
                        _ => self.shape(parameter, Shape::from(&value)),
                    }
                }
            } else {
                let shape = map.next_value::<Shape>()?;
                for parameter in wanted() {
                    self.shape(parameter, shape.clone());
                }
            }
        }
        Ok(())
    }
}

impl<F: FnMut(&Parameter, &Value)> Pick<'_, F> {
    fn shape(&mut self, parameter: &Parameter, shape: Shape) {
        if let Some(value) = shape.of(parameter.take) {
            (self.found)(parameter, &value);
        }
    }
}

/// How a value looks from outside.
#[derive(Clone, Default)]
struct Shape {
    keys: Option<Vec<Value>>,
    count: Option<usize>,
}

impl Shape {
    fn of(self, take: Take) -> Option<Value> {
        match take {
            Take::Keys => self.keys.map(Value::Array),
            Take::Count => self.count.map(Value::from),
            Take::Value => None,
        }
    }
}

impl From<&Value> for Shape {
    fn from(value: &Value) -> Self {
        // A value is a deserializer, too, and this reading of it never fails.
        value.deserialize_any(Look).unwrap_or_default()
    }
}

impl<'de> serde::Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let (mut keys, mut count) = (Vec::new(), 0);
        while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            count += 1;
            if keys.len() < MOST_KEYS {
                keys.push(Value::String(key));
            }
        }
        Ok(Shape {
            keys: Some(keys),
            count: Some(count),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let mut count = 0;
        while let Some(IgnoredAny) = seq.next_element()? {
            count += 1;
        }
        Ok(Shape {
            keys: None,
            count: Some(count),
        })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(json: &str, wanted: &[Parameter]) -> String {
        let wanted: Vec<_> = wanted.iter().collect();
        let mut out = Vec::new();
        members(json.as_bytes(), &wanted, |p, value| {
            out.push(format!("{}={value}", p.key));
        });
        out.join(" ")
    }

    #[test]
    fn c36_falsey_values_are_kept() {
        let wanted =
            ["Limit", "ConsistentRead", "Text", "Nothing", "Absent"].map(Parameter::request);
        let json = r#"{"Limit":0,"ConsistentRead":false,"Text":"","Nothing":null,"Other":[1]}"#;
        let all = r#"limit=0 consistent_read=false text="" nothing=null"#;
        assert_eq!(picked(json, &wanted), all);
    }

    #[test]
    fn c36_keys_and_counts_only_of_what_has_them() {
        let keys = Parameter::request("RequestItems")
            .keys()
            .named("table_names");
        let count = Parameter::request("Entries").count().named("message_count");
        let wanted = [keys, count];
        for (json, expected) in [
            (
                r#"{"RequestItems":{"b":[{}],"a":{}}}"#,
                r#"table_names=["b","a"]"#,
            ),
            (
                r#"{"RequestItems":{},"Entries":[]}"#,
                "table_names=[] message_count=0",
            ),
            (r#"{"Entries":[1,"two",{"three":3}]}"#, "message_count=3"),
            (r#"{"Entries":{"a":1,"b":2}}"#, "message_count=2"),
            (r#"{"RequestItems":"no","Entries":17}"#, ""),
            (r#"{"RequestItems":[1],"Entries":null}"#, ""),
            (r#"{"RequestItems":true,"Entries":-1.5e3}"#, ""),
        ] {
            assert_eq!(picked(json, &wanted), expected, "{json}");
        }
        let many: Vec<_> = (0..200).map(|i| format!("\"t{i}\":0")).collect();
        let json = format!("{{\"RequestItems\":{{{}}}}}", many.join(","));
        assert_eq!(picked(&json, &wanted).matches("\"t").count(), MOST_KEYS);
    }

    #[test]
    fn one_member_may_be_wanted_in_several_ways() {
        let names = || Parameter::request("Names");
        let wanted = [
            names().count().named("n"),
            names(),
            names().keys().named("k"),
        ];
        assert_eq!(
            picked(r#"{"Names":["a","b"]}"#, &wanted),
            r#"n=2 names=["a","b"]"#
        );
        assert_eq!(
            picked(r#"{"Names":{"a":1}}"#, &wanted),
            r#"n=1 names={"a":1} k=["a"]"#
        );
        let wanted = [names().keys().named("k"), names().count().named("n")];
        assert_eq!(picked(r#"{"Names":{"a":1}}"#, &wanted), r#"k=["a"] n=1"#);
    }

    #[test]
    fn c36_a_null_response_is_tolerated_and_so_is_what_is_no_object() {
        let wanted = [Parameter::response("Count")];
        for json in ["", "null", "[]", "17", "\"text\"", "{", "<xml/>", "\u{0}"] {
            assert_eq!(picked(json, &wanted), "", "{json}");
        }
        assert_eq!(picked(r#"{"Count":1,"Items":["#, &wanted), "count=1");
    }
}
