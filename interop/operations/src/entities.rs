//! Segments and what can be below them.

use crate::Scene;
use futures_util::future::join;
use std::convert::Infallible;
use xray::{Namespace, Sql, TraceFuture};

pub(crate) fn plain(scene: &Scene) {
    scene.segment("svc").end();
}

pub(crate) fn nested(scene: &Scene) {
    let segment = scene.segment("svc");
    let a = segment.subsegment("a");
    let b = a.subsegment("b");
    b.subsegment("c").end();
    b.end();
    a.end();
    segment.end();
}

pub(crate) fn user(scene: &Scene) {
    let segment = scene.segment("svc");
    segment.user("alice");
    segment.end();
}

pub(crate) fn flags(scene: &Scene) {
    let error = scene.segment("svc");
    error.mark_error();
    error.end();
    let fault = scene.segment("svc");
    fault.mark_fault();
    fault.end();
    let throttle = scene.segment("svc");
    throttle.mark_throttle();
    throttle.end();
}

pub(crate) fn sql(scene: &Scene) {
    let segment = scene.segment("svc");
    let query = segment.subsegment("db@host");
    query.namespace(Namespace::Remote);
    let mut sql = Sql::default();
    sql.url = Some("postgresql://user@host:5432/db");
    sql.database_type = Some("PostgreSQL");
    sql.database_version = Some("15");
    sql.user = Some("user");
    sql.sanitized_query = Some("select ?");
    query.sql(&sql);
    query.end();
    segment.end();
}

/// More subsegments, one after the other, than wait for their segment.
pub(crate) fn streaming(scene: &Scene) {
    let segment = scene.segment("svc");
    for i in 0..150 {
        segment.subsegment(&format!("s{i}")).end();
    }
    segment.end();
}

/// Two branches that take turns, each with a child of its own.
pub(crate) async fn concurrency(scene: &Scene) {
    async fn branch(name: &str) -> Result<(), Infallible> {
        xray::capture_async(name, async |_| {
            tokio::task::yield_now().await;
            let child = xray::subsegment(&format!("{name}.child"));
            tokio::task::yield_now().await;
            child.end();
            Ok(())
        })
        .await
    }
    let segment = scene.segment("svc");
    let both = join(branch("left"), branch("right"));
    let _ = both.within(segment.context()).await;
    segment.end();
}
