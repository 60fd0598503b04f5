//! What the environment says about this service. The variables of the AWS SDK (`AWS_ENDPOINT_URL`,
//! `AWS_REGION`, credentials) and of X-Ray are read where they belong.

use crate::Error;
use once_cell::sync::OnceCell;
use std::env;
use std::net::SocketAddr;

#[derive(Debug)]
pub(crate) struct Settings {
    /// Where to listen: what `CHECKOUT_ADDRESS` says, else all addresses at `PORT`, as platforms say it,
    /// else here only.
    pub(crate) address: SocketAddr,
    /// Where the prices are; without it, a service of our own in the same process.
    pub(crate) prices: Option<reqwest::Url>,
    pub(crate) table: String,
    pub(crate) queue: String,
    /// Where the queue is, for a deployment that has made table, queue and bucket; without it they are
    /// made at the start.
    pub(crate) queue_url: Option<String>,
    pub(crate) bucket: String,
}

/// Read once, by who asks first. What is wrong is told to whoever asks: this is why it is
/// `once_cell`'s, whose initialisation may fail. That of std's `OnceLock` is not stable yet.
pub(crate) fn settings() -> Result<&'static Settings, Error> {
    static SETTINGS: OnceCell<Settings> = OnceCell::new();
    SETTINGS.get_or_try_init(Settings::read)
}

impl Settings {
    fn read() -> Result<Self, Error> {
        let text = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
        let (name, address) = match (env::var("CHECKOUT_ADDRESS"), env::var("PORT")) {
            (Ok(address), _) => ("CHECKOUT_ADDRESS", address),
            (_, Ok(port)) => ("PORT", format!("0.0.0.0:{port}")),
            _ => ("CHECKOUT_ADDRESS", "127.0.0.1:8080".to_owned()),
        };
        let prices = env::var("CHECKOUT_PRICES_URL").ok().map(|url| {
            url.parse()
                .map_err(|error| format!("CHECKOUT_PRICES_URL is {url:?}: {error}"))
        });
        Ok(Self {
            address: address
                .parse()
                .map_err(|error| format!("{name} is {address:?}: {error}"))?,
            prices: prices.transpose()?,
            table: text("CHECKOUT_TABLE", "carts"),
            queue: text("CHECKOUT_QUEUE", "orders"),
            queue_url: env::var("CHECKOUT_QUEUE_URL").ok(),
            bucket: text("CHECKOUT_BUCKET", "invoices"),
        })
    }
}
