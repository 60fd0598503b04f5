//! Names that X-Ray does not take, or hardly.

use crate::Scene;

fn both(scene: &Scene, name: &str) {
    let segment = scene.segment(name);
    segment.subsegment(name).end();
    segment.end();
}

pub(crate) fn long(scene: &Scene) {
    both(scene, &format!("{}éé", "n".repeat(298)));
}

/// Its 200th and 201st bytes are one character.
pub(crate) fn cut(scene: &Scene) {
    both(scene, &format!("{}é", "n".repeat(199)));
}

pub(crate) fn empty(scene: &Scene) {
    both(scene, "");
}

pub(crate) fn invalid(scene: &Scene) {
    both(scene, "a?b;c*d(e)f!g$h~i^j<k>l\\m|n\"o'p,q[r]{s}\tt\nu");
}

pub(crate) fn unicode(scene: &Scene) {
    both(scene, "café 日本 😀");
}
