//! Where the service runs: which container, machine, cluster or environment, and where its log lines
//! are, as every segment says it (`origin` and `aws`).
//!
//! [`init`](crate::init) finds that out by itself. A recorder that is [built](crate::Recorder::builder)
//! does not, unless it is given [`Plugins`]: tests and tools ask nobody.
//!
//! | plugin | is there where | records | asks |
//! |---|---|---|---|
//! | [`Beanstalk`](Plugin::Beanstalk) | `/var/elasticbeanstalk/xray/environment.conf` exists | `aws.elastic_beanstalk`: environment, version, deployment | nobody |
//! | [`Eks`](Plugin::Eks) | `KUBERNETES_SERVICE_HOST` is set, or a service account is mounted | `aws.eks`: pod, container id; the cluster's name and its log group with the feature `eks` | the Kubernetes API, with that feature only |
//! | [`Ecs`](Plugin::Ecs) | `ECS_CONTAINER_METADATA_URI_V4` or `ECS_CONTAINER_METADATA_URI` is set | `aws.ecs`: container, its id and ARN, task and cluster; its log group | the metadata endpoint of the task |
//! | [`Ec2`](Plugin::Ec2) | the firmware names Amazon, or an endpoint is set | `aws.ec2`: instance, type, image, zone; the log groups of the CloudWatch agent | the metadata service of the instance (IMDSv2) |
//!
//! Several may be there, as on a container instance. The `origin`, which the service map shows and
//! sampling rules call the service type, is that of the first in this order; one that is set in code
//! ([`origin`](crate::RecorderBuilder::origin)) wins over all. The ARN of the container is what rules
//! are asked about that name a resource, where the segment names none.
//!
//! # When
//!
//! On a thread of its own, which ends when all have answered, after a second at the latest. Nobody
//! waits for it: segments that end before leave without. Programs that are over in less time may
//! [wait](crate::Recorder::wait_for_plugins). A plugin that fails is absent, and the log says why, once.
//! Nothing is asked on AWS Lambda, nor where recording is switched off.
//!
//! # Which
//!
//! `AWS_XRAY_PLUGINS` wins over code: `all`, `none`, those that are named (`ecs,ec2`), or all but
//! those that are named (`-ec2`).
//!
//! ```no_run
//! use xray_core::plugin::{Plugin, Plugins};
//! use xray_core::{Env, Recorder};
//!
//! let builder = Recorder::builder("checkout").env(Env::system());
//! let _xray = builder.plugins(Plugins::all().without(Plugin::Ec2)).install()?;
//! # Ok::<(), xray_core::InitError>(())
//! ```
//!
//! # Logs
//!
//! The X-Ray console finds the log lines of a trace in the groups that its segments name
//! (`aws.cloudwatch_logs`). `AWS_LOG_GROUP` or `AWS_LOG_GROUPS` say them, as names or ARNs with commas
//! between, and then nothing else counts; a name is taken for one of the place's own account and region.
//! Otherwise they are those that plugins found: the container's
//! on ECS where it logs by `awslogs`, `/aws/containerinsights/<cluster>/application` on EKS, and those
//! that the CloudWatch agent on an EC2 instance collects.

mod aws;
mod beanstalk;
mod call;
mod choice;
mod ec2;
mod ecs;
mod eks;
mod files;
mod found;
mod host;
mod logs;
mod resolve;
#[cfg(feature = "eks")]
mod tls;

pub use choice::{Plugin, Plugins};

pub(crate) use host::Host;
