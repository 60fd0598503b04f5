//! `xray-lite`, which makes subsegments of a Lambda function's segment. There is no annotating in its
//! interface, but its `Namespace` may be implemented, and a `Segment` be made and sent by hand; that
//! segment then has a trace id of its own, which cannot be read or set.

use benches::works::{Running, Work};
use benches::{HEADER, NAME, REQUEST};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Command;
use xray_lite::{
    Annotation, Client, Context, DaemonClient, Http, Namespace, Request, Response, Segment,
    Subsegment, SubsegmentContext,
};

/// Where it finds the header, and nowhere else.
pub const VARIABLE: &str = "_X_AMZN_TRACE_ID";

/// This program, in a function's environment.
///
/// # Errors
///
/// If this program cannot be found.
pub fn program(work: &Work) -> Result<Command, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    let header = if work.name.starts_with("unsampled") {
        HEADER.replace("Sampled=1", "Sampled=0")
    } else {
        HEADER.to_owned()
    };
    command.args(["worker", work.name]).env(VARIABLE, header);
    Ok(command)
}

/// A subsegment with two annotations.
struct Annotated {
    name: &'static str,
    annotations: [(&'static str, Value); 2],
}

#[derive(Clone, Copy)]
enum Value {
    Text(&'static str),
    Number(u64),
}

fn annotations(of: &[(&'static str, Value); 2]) -> HashMap<String, Annotation> {
    let value = |value| match value {
        Value::Text(text) => Annotation::String(String::from(text)),
        Value::Number(n) => Annotation::Number(n as usize),
    };
    of.iter().map(|&(k, v)| (k.to_owned(), value(v))).collect()
}

impl Namespace for Annotated {
    fn name(&self, _: &str) -> String {
        self.name.to_owned()
    }

    fn update_subsegment(&self, subsegment: &mut Subsegment) {
        // Called at the start and at the end.
        if subsegment.annotations.is_none() {
            subsegment.annotations = Some(annotations(&self.annotations));
        }
    }
}

/// W1, but for the depth: each subsegment's parent is the function.
#[inline(never)]
fn one(client: &DaemonClient, context: &SubsegmentContext<DaemonClient>, i: u64) {
    let enter = |name, annotations| context.enter_subsegment(Annotated { name, annotations });
    let [method, url, user_agent, client_ip] = REQUEST.map(|text| Some(text.to_owned()));
    let mut segment = Segment::begin(NAME);
    segment.annotations = Some(annotations(&[
        ("tenant", Value::Text("acme")),
        ("order", Value::Number(i)),
    ]));
    let user = ("user", Value::Text("u-17"));
    drop(enter("auth", [user, ("attempt", Value::Number(1))]));
    {
        let table = ("table", Value::Text("orders"));
        let _db = enter("db", [table, ("rows", Value::Number(i % 100))]);
        let statement = ("statement", Value::Text("select"));
        let _query = enter("query", [statement, ("millis", Value::Number(3))]);
    }
    segment.http = Some(Http {
        request: Some(Request {
            method,
            url,
            user_agent,
            client_ip,
            ..Request::default()
        }),
        response: Some(Response {
            status: Some(200),
            content_length: Some(1234),
        }),
    });
    segment.end();
    let _ = client.send(&segment);
}

/// W1.
#[must_use]
pub fn w1(to: SocketAddr) -> Running {
    let client = DaemonClient::new(to).expect("a UDP socket");
    let context = SubsegmentContext::from_lambda_env(client.clone());
    let context = context.expect("the environment of a function");
    Running::each(move |i| one(&client, &context, i))
}
