//! The official SDKs, where `interop/install` has put them: programs of their own in `sdks/`.

use benches::works::{Running, Work};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

/// Where they are installed.
fn folder() -> PathBuf {
    let place = std::env::var_os("XRAY_INTEROP_DIR").map(PathBuf::from);
    let place = place.unwrap_or_else(|| std::env::temp_dir().join("aws-xray-interop"));
    place.join("sdks")
}

/// The program on the SDK that is named last.
///
/// # Errors
///
/// If that SDK is not installed.
pub fn program(work: &Work) -> Result<Command, String> {
    let language = work.name.rsplit(' ').next().unwrap_or_default();
    let folder = folder().join(language);
    if !folder.is_dir() {
        let folder = folder.display();
        return Err(format!(
            "the SDK is not installed: interop/install {language} {folder}"
        ));
    }
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sdks/run"));
    let [batch, batches] = [work.batch, work.batches].map(|n| n.to_string());
    command.arg(language).arg(folder).args([batch, batches]);
    Ok(command)
}

/// Not done here.
///
/// # Panics
///
/// Always.
#[must_use]
pub fn never(_: SocketAddr) -> Running {
    unreachable!("a program of its own does it")
}
