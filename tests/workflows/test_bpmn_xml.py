"""Hostile bytes: whatever is handed in comes back as a list of problems, soon, and nothing is fetched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import counted, must_end
from tests.examples import examples
from tests.workflows.drawn import HEAD, bpmn, draw
from workflows.bpmn import read_process

SOUND = draw("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e")


def refused(data: bytes) -> str:
    """Return what is said about bytes that must be refused soon."""
    with must_end(), counted(at_most=20_000_000):
        drawing, problems = read_process(data, "processes/p.bpmn")
    assert drawing is None
    assert problems
    assert all(problem.file == "processes/p.bpmn" for problem in problems)
    return "\n".join(str(problem.what) for problem in problems)


LAUGHS = "".join(
    f'<!ENTITY l{i} "{"&l" + str(i - 1) + ";" if i else "ha"}{"&l0;" * 10}">' for i in range(1, 20)
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE definitions>",
        '<!DOCTYPE definitions [<!ENTITY name "x">]>',
        '<!DOCTYPE definitions SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE definitions [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>',
        f"<!DOCTYPE definitions [{LAUGHS}]>",
        "<!doctype definitions>",
        "<!-- --><!DOCTYPE\n definitions>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_doctype_of_any_kind_is_refused_in_any_encoding(doctype: str, encoding: str):
    head, rest = SOUND.decode().split("?>", 1)
    assert "DOCTYPE" in refused(
        f"{head.replace('UTF-8', encoding.upper())}?>\n{doctype}{rest}".encode(encoding)
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 50,
        b"\xff\xfe",
        b"PK\x03\x04",
        b"<a>",
        b"<a>&name;</a>",
        b"<a>&#0;</a>",
        b"<a b='1' b='2'/>",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<?xml version='1.0' encoding='cp037'?><a/>",
        b"<?xml version='1.0' encoding='gbk'?><a>\xff\xff</a>",
        b"<definitions/>",
        "<a>\ud800</a>".encode("utf-8", "surrogatepass"),
        b"<a>" * 100_000,
        b"<a>" * 100_000 + b"</a>" * 100_000,
        HEAD.encode() + b"<bpmn:process id='p'>" + b"<bpmn:subProcess id='x'>" * 60_000,
        HEAD.encode() + b"<a/>" * 400_000 + b"</bpmn:definitions>",
        b"<a>" + b"x<b/>" * 300_000 + b"</a>",
        b" " * (2 * 1024 * 1024 + 1),
    ],
)
def test_bytes_that_are_no_process_are_refused(data: bytes):
    refused(data)


def test_limits_are_named():
    assert "2 MB" in refused(SOUND + b" " * 2 * 1024 * 1024)
    tasks = "\n".join(f"t{i}: userTask" for i in range(600))
    path = " -> ".join(f"t{i}" for i in range(600))
    assert "500" in refused(draw(f"s: startEvent\ne: endEvent\n{tasks}\ns -> {path} -> e"))
    nested = "".join(f'<bpmn:subProcess id="p{i}">' for i in range(9)) + "</bpmn:subProcess>" * 9
    assert "8 层" in refused(bpmn(nested))
    flows = "\n".join("s -> e" for _ in range(2_100))
    assert "2000" in refused(draw(f"s: startEvent\ne: endEvent\n{flows}"))
    long = " and ".join(f"name{i} == {i}" for i in range(100))
    many = "\n".join(f"g -> e if {long} and x == {i}" for i in range(200))
    assert "100000" in refused(
        draw(f"s: startEvent\na: userTask\ng: exclusiveGateway\ne: endEvent\ns -> a -> g\n{many}")
    )


def test_a_file_of_the_largest_size_is_read_soon():
    parts = "\n".join(f"t{i}: userTask\ng{i}: exclusiveGateway" for i in range(248))
    flows = "\n".join(f"t{i} -> g{i}\ng{i} -> t{i + 1} if a{i} > {i}\ng{i} -> e else" for i in range(247))
    text = f"s: startEvent\ne: endEvent\n{parts}\ns -> t0\n{flows}\nt247 -> g247 -> e"
    with counted(at_most=4_000_000):
        drawing, problems = read_process(draw(text), "p.bpmn")
    assert (len(drawing.nodes), problems) == (498, [])


def test_chinese_files_of_older_tools_are_read():
    text = SOUND.decode().replace('id="a"', 'id="a" name="填报"')
    for encoding, name in (
        ("gb18030", "GBK"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
        ("utf-8-sig", "UTF-8"),
    ):
        drawing, _ = read_process(text.replace("UTF-8", name).encode(encoding), "p.bpmn")
        assert drawing.nodes["a"].name == "填报"


@examples(150, derandomize=True)
@given(st.data())
def test_no_change_of_bytes_makes_the_reader_raise(data: st.DataObject):
    mutated = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(mutated) - 1))
        cut = data.draw(st.integers(0, 30))
        mutated[at : at + cut] = data.draw(st.binary(max_size=8))
    drawing, problems = read_process(bytes(mutated), "p.bpmn")
    assert (drawing is None) == any(problem.level == "error" for problem in problems)
