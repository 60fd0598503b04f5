"""What comes in at the first service of each route, and what its own rules would decide."""

SELF = "Self=1-67891234-12456789abcdef012345678a"
LINEAGE = "Lineage=25:a87bd80c:1"
BAD = "1-xyz-nothex"

# Name; the header; what the rules of the first service say, "yes" or "no"; `traceparent`. Those of
# the services behind say the opposite of what was decided, so that a decision that is lost is seen.
INCOMING = [
    ("sampled", "Root=R;Parent=P;Sampled=1", "no"),
    ("not sampled", "Root=R;Parent=P;Sampled=0", "yes"),
    ("asks, and yes", "Root=R;Parent=P;Sampled=?", "yes"),
    ("asks, and no", "Root=R;Parent=P;Sampled=?", "no"),
    ("no decision, and yes", "Root=R;Parent=P", "yes"),
    ("no decision, and no", "Root=R;Parent=P", "no"),
    ("malformed, and yes", "some invalid string", "yes"),
    ("malformed, and no", "some invalid string", "no"),
    ("malformed `Root`", f"Root={BAD};Parent=P;Sampled=1", "no"),
    ("malformed `Parent`", "Root=R;Parent=foo;Sampled=1", "no"),
    ("missing, and yes", None, "yes"),
    ("missing, and no", None, "no"),
    ("`Self` and `Lineage`", f"{SELF};Root=R;Parent=P;Sampled=1;{LINEAGE}", "no"),
    ("lower case, and yes", "root=R;parent=P;sampled=1", "yes"),
    ("lower case, and no", "root=R;parent=P;sampled=1", "no"),
    ("blanks", "Root=R ; Parent=P ; Sampled=1", "yes"),
    ("duplicates", "Root=R2;Parent=P2;Sampled=0;Parent=P;Root=R;Sampled=1", "no"),
    ("`Root` of zeros", "Root=Z;Parent=P;Sampled=1", "no"),
    ("load balancer, and yes", "Root=R", "yes"),
    ("load balancer, and no", "Root=R", "no"),
    ("`Self` first, and yes", f"{SELF};Root=R", "yes"),
    ("load balancer before `traceparent`", "Root=R", "no", "00-T-U-01"),
    ("not sampled, beside `traceparent`", "Root=R;Parent=P;Sampled=0", "yes", "00-T-U-01"),
    ("`traceparent` alone", None, "no", "00-T-U-01"),
]
