"""What `behaviour.txt` names in its last column."""

FAULTS = {
    "zeros": "Zeros for a trace id: sent on, answered, or recorded under. Ours takes them for none, so what "
    "was continued there is a new trace here; Python's and Go's are told by `Sampled=0`, and nothing is recorded.",
    "decision": "`Root` alone when nothing is recorded: the next service decides again, and may record "
    "what hangs below nothing.",
    "parent-zeros": "Zeros for the caller of what is not recorded. Ours takes them for none.",
    "nowhere": "A new trace, or none that can be, that names the caller in the old one as its parent.",
    "bad-root": "A trace id that X-Ray does not take is kept, recorded and sent on. Ours begins a trace.",
    "bad-parent": "A parent that is no id is recorded. Ours leaves it out.",
    "lineage": "`Lineage`, by which AWS finds loops, is not carried on.",
    "case": "Keys in lower case are not understood.",
    "extras": "What was not understood is carried on beside what is sent instead, so that X-Ray's own keys "
    "stand twice.",
    "blanks": "Only keys without blanks around them are understood; the trace id keeps its blank, in the document "
    "too.",
}
