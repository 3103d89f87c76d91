"""What the fuzz tests draw: texts, numbers, and trees that look almost like a child's answers."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

LEAK = "leak-7f3a"
fuzz = settings(
    database=None, deadline=None, derandomize=True, max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip

TEXT = st.text(max_size=30) | st.sampled_from([LEAK, "weight", "rnncell.weight_ih", "", "\x1b[2J", "::error::x", "x" * 3000])
NUMBER = st.integers(-(2**64), 2**64) | st.floats()
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
DTYPE = st.sampled_from(["float32", "float64", "float16", "bfloat16", "int64", "bool", "uint8", "complex64", LEAK])
SHAPE = st.lists(st.integers(0, 6) | st.sampled_from([-1, 2**31 - 1, 2**31, 1.0, True, "2"]), max_size=5)
NODE = st.recursive(
    st.one_of(
        st.just(["none"]),
        st.tuples(st.just("bool"), st.booleans()).map(list),
        st.tuples(st.just("int"), st.integers(-(2**63), 2**63) | PLAIN).map(list),
        st.tuples(st.just("float"), st.floats() | PLAIN).map(list),
        st.tuples(st.just("str"), TEXT).map(list),
        st.tuples(st.just("tensor"), DTYPE, SHAPE, st.integers(-1, 3), st.booleans()).map(list),
        st.tuples(st.just("handle"), TEXT, TEXT).map(list),
        st.tuples(st.just("odd"), TEXT | st.just("a value of type " + LEAK)).map(list),
        PLAIN,
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["list", "tuple"]), st.lists(inner, max_size=5)).map(list),
        st.tuples(st.just("dict"), st.lists(st.lists(inner, min_size=2, max_size=2), max_size=4)).map(list),
    ),
    max_leaves=8,
)
ERROR = st.fixed_dictionaries(
    {"kind": st.sampled_from(["memory", "missing", "not_callable", "not_a_module", "names", "exception"]) | PLAIN},
    optional={
        "name": TEXT, "type": TEXT | st.sampled_from(["ValueError", "NotImplementedError", "KeyError"]), "text": TEXT,
        "place": TEXT | st.just("rnn_cell.py"), "line": NUMBER | st.none(),
    },
)  # fmt: skip
OK = st.one_of(
    st.fixed_dictionaries({"value": NODE, "changed": PLAIN, "containers_changed": PLAIN, "switched": PLAIN}),
    st.fixed_dictionaries({"module": st.booleans() | PLAIN, "type": TEXT}),
    NODE,
    st.lists(st.tuples(st.just("tuple"), st.tuples(st.tuples(st.just("str"), TEXT).map(list), NODE).map(list)).map(list), max_size=4)
    .map(lambda pairs: ["list", pairs]),
    PLAIN,
)  # fmt: skip
SINGLE = st.one_of(
    st.fixed_dictionaries({"ok": OK}), st.fixed_dictionaries({"error": ERROR | PLAIN}), st.dictionaries(TEXT, PLAIN, max_size=3)
)
COUNTED = st.lists(st.tuples(SINGLE | PLAIN, st.integers(-1, 3) | PLAIN).map(list) | PLAIN, max_size=4)
REPLY = SINGLE | st.fixed_dictionaries({"ok": COUNTED})
BLOBS = st.lists(st.binary(max_size=48) | st.sampled_from([bytes(16), bytes(64), b"\xff" * 16]), max_size=4)
