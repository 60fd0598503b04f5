//! Segments and what can be below them.

use crate::{Scene, headers};
use futures_util::future::join;
use std::convert::Infallible;
use xray::{Exception, Namespace, Sql, TraceFuture};

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

/// All that ours can say and none of the others was asked to.
pub(crate) fn every_member(scene: &Scene) {
    let arn = "arn:aws:ecs:eu-west-1:123456789012:container/c1";
    let builder = scene.recorder.segment("svc").resource_arn(arn);
    let segment = builder.start();
    if let (Ok(trace), Ok(id)) = (headers::ROOT.parse(), headers::PARENT.parse()) {
        segment.link(trace, id);
    }
    let first = segment.subsegment("first");
    let second = segment.subsegment("second");
    if let Some(id) = first.id() {
        second.precursor(id);
    }
    second.namespace(Namespace::Remote);
    let mut sql = Sql::default();
    sql.connection_string = Some("host=db user=shop");
    sql.driver_version = Some("sqlx 0.8");
    sql.preparation = Some("statement");
    second.sql(&sql);
    second.end();
    first.end();
    let third = segment.subsegment("third");
    third.record(Exception::message(&"no such article").as_error());
    third.end();
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
