//! Which plugins there are, and which of them a recorder has.

use crate::env::{self, Env};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A kind of place that is recognised. In the order in which their origins win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Plugin {
    /// AWS Elastic Beanstalk: `AWS::ElasticBeanstalk::Environment`.
    Beanstalk,
    /// Amazon EKS: `AWS::EKS::Container`. Another Kubernetes looks the same from within.
    Eks,
    /// Amazon ECS: `AWS::ECS::Container`.
    Ecs,
    /// Amazon EC2: `AWS::EC2::Instance`.
    Ec2,
}

impl Plugin {
    pub(super) const ALL: [Self; 4] = [Self::Beanstalk, Self::Eks, Self::Ecs, Self::Ec2];

    /// What `AWS_XRAY_PLUGINS` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beanstalk => "beanstalk",
            Self::Eks => "eks",
            Self::Ecs => "ecs",
            Self::Ec2 => "ec2",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let is = |plugin: &Self| plugin.name().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(is)
    }
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which plugins a recorder has: see the [module](crate::plugin).
///
/// Endpoints and names come from the environment that is given by
/// [`env`](crate::RecorderBuilder::env); where none is, from that of the process.
#[derive(Clone, Debug)]
pub struct Plugins {
    on: [bool; Plugin::ALL.len()],
    /// By name, rather than as all there are.
    named: bool,
    pub(super) imds_v1: bool,
    pub(super) budget: Duration,
    pub(super) root: PathBuf,
    /// Where the answers are looked for.
    pub(crate) env: Option<Env>,
}

impl Plugins {
    fn of(on: bool) -> Self {
        Self {
            on: [on; Plugin::ALL.len()],
            named: false,
            imds_v1: false,
            budget: Duration::from_secs(1),
            root: PathBuf::from("/"),
            env: None,
        }
    }

    /// All that recognise their place. [`init`](crate::init) has these.
    #[must_use]
    pub fn all() -> Self {
        Self::of(true)
    }

    /// None: nobody is asked. A builder has these.
    #[must_use]
    pub fn none() -> Self {
        Self::of(false)
    }

    /// These and no others. That they are named matters for [`Ec2`](Plugin::Ec2), which is then asked
    /// though the machine may not look like Amazon's.
    #[must_use]
    pub fn only(plugins: impl IntoIterator<Item = Plugin>) -> Self {
        let mut only = Self::none();
        only.named = true;
        for plugin in plugins {
            only.on[plugin as usize] = true;
        }
        only
    }

    /// All of these but one.
    #[must_use]
    pub fn without(mut self, plugin: Plugin) -> Self {
        self.on[plugin as usize] = false;
        self
    }

    /// Asks EC2's metadata service without a token (IMDSv1) where it gives none; not so unless set.
    #[must_use]
    pub fn imds_v1(mut self, allowed: bool) -> Self {
        self.imds_v1 = allowed;
        self
    }

    /// What all answers together may take; a second unless set. What has not answered by then is
    /// absent.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Where files are looked for (`proc/self/cgroup`, …), for tests; `/` unless set.
    #[must_use]
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.root = folder.into();
        self
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, plugin: Plugin) -> bool {
        self.on[plugin as usize]
    }

    pub(super) fn named(&self, plugin: Plugin) -> bool {
        self.named && self.has(plugin)
    }

    pub(crate) fn any(&self) -> bool {
        self.on.contains(&true)
    }

    /// Reads the choice as `AWS_XRAY_PLUGINS` has it; whatever else was set stays. False, and nothing
    /// is changed, where it is not understood.
    pub(crate) fn choose(&mut self, text: &str) -> bool {
        let words = || text.split(',').map(str::trim);
        let chosen = match &*text.to_ascii_lowercase() {
            "all" => Some(Self::all()),
            "none" => Some(Self::none()),
            _ if words().all(|word| word.starts_with('-')) => words()
                .map(|word| Plugin::parse(word[1..].trim()))
                .try_fold(Self::all(), |all, plugin| Some(all.without(plugin?))),
            _ => words()
                .map(Plugin::parse)
                .collect::<Option<Vec<_>>>()
                .map(Self::only),
        };
        let Some(Self { on, named, .. }) = chosen else {
            return false;
        };
        (self.on, self.named) = (on, named);
        true
    }

    /// Takes out what must not be asked here.
    pub(super) fn here(mut self, env: &Env) -> Self {
        let is_true = |name| {
            env.get(name)
                .is_some_and(|v| v.eq_ignore_ascii_case("true"))
        };
        if is_true(env::EC2_METADATA_DISABLED) {
            self.on[Plugin::Ec2 as usize] = false;
        }
        if env.get(env::LAMBDA_TASK_ROOT).is_some() {
            self.on = [false; Plugin::ALL.len()];
        }
        self
    }

    /// The names, for the line that says what was started.
    pub(super) fn describe(&self) -> String {
        let on = Plugin::ALL.into_iter().filter(|&plugin| self.has(plugin));
        let names: Vec<_> = on.map(Plugin::name).collect();
        if names.is_empty() {
            return "none".to_owned();
        }
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c69_all_answers_have_a_second() {
        assert_eq!(Plugins::all().budget, Duration::from_secs(1));
    }

    #[test]
    fn c69_plugins_are_chosen_by_name() {
        for (text, expected) in [
            ("all", "beanstalk, eks, ecs, ec2"),
            ("NONE", "none"),
            ("ec2,ecs", "ecs, ec2"),
            (" Beanstalk , ecs", "beanstalk, ecs"),
            ("-ec2", "beanstalk, eks, ecs"),
            ("-ec2, -EKS", "beanstalk, ecs"),
        ] {
            let mut plugins = Plugins::only([Plugin::Eks]).imds_v1(true);
            assert!(plugins.choose(text), "{text}");
            assert_eq!(plugins.describe(), expected, "{text}");
            assert!(plugins.imds_v1, "what else was set stays");
            assert_eq!(plugins.named(Plugin::Ec2), text.starts_with("ec2"));
        }
        let mut plugins = Plugins::all();
        for text in ["", "ecs,", "ecs,-ec2", "-", "lambda", "all,ecs"] {
            assert!(!plugins.choose(text), "{text}");
            assert_eq!(plugins.describe(), "beanstalk, eks, ecs, ec2");
        }
    }
}
