//! The name of an EKS cluster, from a Kubernetes API of ours: TLS with an authority of its own, and a
//! token that it demands.

use crate::plugins_support::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

const ACCOUNT: &str = "var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
const PATH: &str = "/api/v1/namespaces/amazon-cloudwatch/configmaps/cluster-info";

/// A Kubernetes API.
struct Api {
    address: SocketAddr,
    /// Its authority, as pods are given it.
    authority: String,
    /// The heads of requests that came through.
    heads: Receiver<String>,
}

impl Api {
    /// One that answers a request with the right token, whose certificate is for this name.
    fn new(name: &str, answer: impl Into<Vec<u8>>) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = authority.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(authority, key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let own = own.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (came, heads) = channel();
        let (config, answer) = (Arc::new(config), answer.into());
        // It ends with the process: tests have one each, and no client comes back.
        thread::spawn(move || serve(&listener, &config, &answer, &came));
        Self {
            address,
            authority: pem,
            heads,
        }
    }

    fn pod(&self) -> Place {
        let (host, port) = (self.address.ip(), self.address.port());
        Place::new()
            .var("HOSTNAME", "pod")
            .var("KUBERNETES_SERVICE_HOST", host.to_string())
            .var("KUBERNETES_SERVICE_PORT", port.to_string())
            .file(&format!("{ACCOUNT}/token"), format!("{TOKEN}\n"))
            .file(&format!("{ACCOUNT}/ca.crt"), &self.authority)
    }
}

fn serve(listener: &TcpListener, config: &Arc<ServerConfig>, answer: &[u8], came: &Sender<String>) {
    for stream in listener.incoming() {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !stream.read_line(&mut head).is_ok_and(|read| read > 0) {
                break;
            }
        }
        // A client that does not trust us says nothing.
        if !head.is_empty() {
            let bearer = format!("\r\nAuthorization: Bearer {TOKEN}\r\n");
            let let_in =
                head.starts_with(&format!("GET {PATH} HTTP/1.1\r\n")) && head.contains(&bearer);
            let refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
            let _ = stream
                .get_mut()
                .write_all(if let_in { answer } else { refused });
            let _ = stream.get_mut().flush();
            let _ = came.send(head);
        }
    }
}

const NAME: &str = "kubernetes.default.svc";

fn answer(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn cluster_info() -> Value {
    json!({
        "kind": "ConfigMap",
        "metadata": {"name": "cluster-info"},
        "data": {"cluster.name": "shop", "logs.region": "eu-west-1"},
    })
}

/// A pod without the name of its cluster.
fn nameless() -> Value {
    json!({"origin": "AWS::EKS::Container", "aws": {"eks": {"pod": "pod"}}})
}

#[test]
fn c69_the_kubernetes_api_says_what_the_cluster_is_called() {
    let api = Api::new(NAME, answer(&cluster_info()));
    let expected = json!({
        "origin": "AWS::EKS::Container",
        "aws": {
            "eks": {"pod": "pod", "cluster_name": "shop"},
            "cloudwatch_logs": [{"log_group": "/aws/containerinsights/shop/application"}],
        },
    });
    assert_eq!(api.pod().found(), expected);
    let head = api.heads.recv_timeout(LONG).unwrap();
    assert!(
        head.contains("\r\nHost: kubernetes.default.svc\r\n"),
        "{head}"
    );
    // With what EC2 says the group has an ARN.
    let (_server, url) = server(imds(instance()));
    let both = api.pod().var("IMDS_ENDPOINT", url).found();
    assert_eq!(
        both["aws"]["cloudwatch_logs"][0]["arn"],
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/containerinsights/shop/application"
    );
}

#[test]
fn c69_the_api_demands_the_token_of_the_service_account() {
    let api = Api::new(NAME, answer(&cluster_info()));
    let pod = api.pod().file(&format!("{ACCOUNT}/token"), "another");
    assert_eq!(pod.found(), nameless());
    let head = api.heads.recv_timeout(LONG).unwrap();
    assert!(head.contains("Bearer another"), "{head}");
    for (file, content) in [
        ("token", "a\r\nX: y"),
        ("token", "ä"),
        ("ca.crt", ""),
        ("ca.crt", "no PEM"),
    ] {
        let pod = api.pod().file(&format!("{ACCOUNT}/{file}"), content);
        assert_eq!(pod.found(), nameless(), "{file}");
    }
    for file in ["token", "ca.crt"] {
        let pod = api.pod();
        std::fs::remove_file(pod.path(&format!("{ACCOUNT}/{file}"))).unwrap();
        assert_eq!(pod.found(), nameless(), "{file}");
    }
    assert!(api.heads.try_recv().is_err(), "nothing was sent");
}

#[test]
fn c69_a_stranger_is_not_shown_the_token() {
    let (api, stranger) = (
        Api::new(NAME, answer(&cluster_info())),
        Api::new(NAME, answer(&cluster_info())),
    );
    let pod = api
        .pod()
        .file(&format!("{ACCOUNT}/ca.crt"), &stranger.authority);
    assert_eq!(pod.found(), nameless());
    let other = Api::new("example.com", answer(&cluster_info()));
    assert_eq!(other.pod().found(), nameless());
    assert!(api.heads.try_recv().is_err());
    assert!(other.heads.try_recv().is_err());
}

#[test]
fn c69_answers_that_name_no_cluster() {
    let ok = |body: &str| answer(&json!(body))[..].to_vec();
    let with = |name: Value| answer(&json!({"data": {"cluster.name": name}}));
    for bad in [
        ok("not an object"),
        answer(&json!({})),
        answer(&json!({"data": []})),
        with(json!(7)),
        with(json!("")),
        with(json!("a b")),
        with(json!("x".repeat(101))),
        answer(&json!({"data": {"cluster.name": "shop"}, "x": "x".repeat(70_000)})),
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":".to_vec(),
        b"nonsense".to_vec(),
    ] {
        let api = Api::new(NAME, bad.clone());
        let pod = api.pod().plugins(|p| p.budget(10 * SHORT));
        assert_eq!(pod.found(), nameless(), "{}", String::from_utf8_lossy(&bad));
    }
}

#[test]
fn c69_an_api_that_never_answers_costs_its_share() {
    let api = Api::new(NAME, answer(&cluster_info()));
    // One that takes connections and says nothing, one that speaks no TLS, and none.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (plain, _) = server(|_| xray_core::test_util::Response::json("{}"));
    for port in [
        silent.local_addr().unwrap().port(),
        plain.tcp_addr().port(),
        1,
        0,
    ] {
        let pod = api.pod().var("KUBERNETES_SERVICE_PORT", port.to_string());
        assert_eq!(pod.plugins(|p| p.budget(SHORT)).found(), nameless());
    }
    let pod = api
        .pod()
        .var("KUBERNETES_SERVICE_HOST", "kubernetes.invalid");
    assert_eq!(pod.found(), nameless(), "a name is not looked up");
}
