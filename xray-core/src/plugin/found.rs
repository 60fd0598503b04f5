//! What plugins have found, and how segments say it.

use super::Plugin;
use super::aws::Account;
use super::logs::{self, LogGroup};
use crate::json;

/// What plugins have found, in the order of their precedence.
#[derive(Debug, Default)]
pub(super) struct Found {
    plugins: Vec<Plugin>,
    origin: Option<&'static str>,
    /// Members of `aws`, each with a comma behind it.
    blocks: Vec<u8>,
    /// Where the log groups are.
    account: Option<Account>,
    groups: Vec<LogGroup>,
    pub(super) resource: Option<String>,
    /// What a plugin lacks that was found otherwise.
    pub(super) remarks: Vec<String>,
}

impl Found {
    /// What a plugin has found. The origin is that of the first one.
    pub(super) fn add(&mut self, plugin: Plugin, origin: &'static str, block: Block) {
        self.plugins.push(plugin);
        self.origin.get_or_insert(origin);
        self.blocks.extend_from_slice(&block.finish());
    }

    pub(super) fn account(&mut self, account: Option<Account>) {
        self.account = self.account.take().or(account);
    }

    pub(super) fn group(&mut self, group: LogGroup) {
        self.groups.push(group);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plugins.is_empty()
    }

    pub(super) fn origin(&self) -> Option<&'static str> {
        self.origin
    }

    pub(super) fn describe(&self) -> String {
        let names: Vec<_> = self.plugins.iter().map(|plugin| plugin.name()).collect();
        if names.is_empty() {
            return "nothing".to_owned();
        }
        names.join(", ")
    }

    /// Members of `aws`, each with a comma behind it. Where groups are given, they are the only ones.
    pub(super) fn write(&self, given: &[LogGroup]) -> Vec<u8> {
        let mut out = self.blocks.clone();
        let groups = if given.is_empty() {
            &self.groups
        } else {
            given
        };
        logs::write(&mut out, groups, self.account.as_ref());
        out
    }
}

/// A member of `aws`: an object, nothing in it empty.
pub(super) struct Block(Vec<u8>);

impl Block {
    pub(super) fn new(name: &str) -> Self {
        let mut out = Vec::new();
        json::string(&mut out, name);
        out.extend_from_slice(b":{");
        Self(out)
    }

    /// A text; what is found must not fill documents.
    pub(super) fn text(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        let value = json::cut_chars(value.unwrap_or_default().trim(), 250);
        if !value.is_empty() {
            json::string(&mut self.0, key);
            self.0.push(b':');
            json::string(&mut self.0, value);
            self.0.push(b',');
        }
        self
    }

    pub(super) fn number(&mut self, key: &str, value: Option<u64>) -> &mut Self {
        if let Some(value) = value {
            json::string(&mut self.0, key);
            self.0.push(b':');
            json::unsigned(&mut self.0, value);
            self.0.push(b',');
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.0.ends_with(b",")
    }

    fn finish(mut self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        self.0.pop();
        self.0.extend_from_slice(b"},");
        self.0
    }
}
