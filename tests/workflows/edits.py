"""Random edits of a package, as people make them with an editor: by lines and patterns, knowing nothing of how a merge works."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping

Files = dict[str, bytes]
_TITLE = re.compile(r"(title: )([^,}\n\"]+)")
_ENTRY = re.compile(r"^  (\w+):( .*)?$")


def edited(files: Mapping[str, bytes], seed: int, times: int, mark: str) -> Files:
    """Return the files after some edits. mark: goes into every new name, so that the edits of two sides can be told apart."""
    rng = random.Random(seed)
    found = dict(files)
    for n in range(times):
        edit, ending = rng.choice(_EDITS)
        paths = sorted(path for path in found if path.endswith(ending))
        if not paths:
            continue
        path = rng.choice(paths)
        text = found[path].decode()
        found[path] = edit(text, rng, f"{mark}{n}").encode()
    return found


def _retitle(text: str, rng: random.Random, mark: str) -> str:
    places = list(_TITLE.finditer(text))
    if not places:
        return text
    at = rng.choice(places)
    return text[: at.start(2)] + f"{at[2].strip()}{mark}" + text[at.end(2) :]


def _entries(text: str) -> list[tuple[int, int]]:
    """Return where the entries of the sections are, as lines from and to; comments before them are not theirs."""
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if _ENTRY.match(line)]
    found = []
    for start in starts:
        end = start + 1
        while end < len(lines) and (lines[end].startswith("   ") and not lines[end].lstrip().startswith("#")):
            end += 1
        found.append((start, end))
    return found


def _add_duty(text: str, rng: random.Random, mark: str) -> str:
    at = re.search(r"^duties:\n", text, re.MULTILINE)
    ends = (
        [m.end() for m in re.finditer(r"^  \w+:\n(?:    .*\n)+", text[at.end() :], re.MULTILINE)]
        if at
        else []
    )
    if not at or not ends:
        return text
    place = at.end() + rng.choice(ends)
    return f"{text[:place]}  # 补充 {mark}\n  added_{mark}:\n    title: 补充{mark}\n    by: [mine]\n    due: 2024-12-01\n{text[place:]}"


def _drop_entry(text: str, rng: random.Random, mark: str) -> str:
    entries = _entries(text)
    if len(entries) < 3:
        return text
    start, end = rng.choice(entries)
    lines = text.split("\n")
    return "\n".join(lines[:start] + lines[end:])


def _comment(text: str, rng: random.Random, mark: str) -> str:
    entries = _entries(text)
    if not entries:
        return text
    start, _ = rng.choice(entries)
    lines = text.split("\n")
    return "\n".join([*lines[:start], f"  # 说明{mark}", *lines[start:]])


def _field(text: str, rng: random.Random, mark: str) -> str:
    schema = json.loads(text)
    fields = schema.setdefault("properties", {})
    names = list(fields)
    kind = rng.randrange(3)
    if kind == 0 or not names:
        schema["properties"] = {
            **fields,
            f"栏{mark}": {"title": f"栏{mark}", "type": "string", "maxLength": 20},
        }
    elif kind == 1:
        fields[rng.choice(names)]["description"] = f"说明{mark}"
    else:
        name = rng.choice(names)
        required = [one for one in schema.get("required", []) if one != name] or [name]
        schema["required"] = required
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _rename_node(text: str, rng: random.Random, mark: str) -> str:
    places = list(re.finditer(r'(<\w+:userTask id="[^"]+" name=")([^"]*)"', text))
    if not places:
        return text
    at = rng.choice(places)
    return text[: at.start(2)] + f"{at[2]}{mark}" + text[at.end(2) :]


def _add_node(text: str, rng: random.Random, mark: str) -> str:
    flow = re.search(r"^ *<(\w+):sequenceFlow ", text, re.MULTILINE)
    plane = re.search(r"^ *</bpmndi:BPMNPlane>", text, re.MULTILINE)
    if not flow or not plane:
        return text
    x = rng.randrange(1000)
    shape = (
        f'      <bpmndi:BPMNShape id="note_{mark}_di" bpmnElement="note_{mark}">\n'
        f'        <dc:Bounds x="{x}" y="400" width="100" height="30" />\n      </bpmndi:BPMNShape>\n'
    )
    node = f'    <{flow[1]}:textAnnotation id="note_{mark}"><{flow[1]}:text>注{mark}</{flow[1]}:text></{flow[1]}:textAnnotation>\n'
    return text[: flow.start()] + node + text[flow.start() : plane.start()] + shape + text[plane.start() :]


def _move_shape(text: str, rng: random.Random, mark: str) -> str:
    places = list(re.finditer(r'(<bpmndi:BPMNShape [^>]*>\s*<dc:Bounds x=")(\d+)"', text))
    if not places:
        return text
    at = rng.choice(places)
    return text[: at.start(2)] + str(int(at[2]) + rng.randrange(1, 90)) + text[at.end(2) :]


def _row(text: str, rng: random.Random, mark: str) -> str:
    lines = text.rstrip("\n").split("\n")
    at = rng.randrange(1, len(lines))
    kind = rng.randrange(3)
    cells = len(lines[0].split(","))
    if kind == 0:
        lines.insert(at, ",".join([f"Z-{mark}", *["补"] * (cells - 1)]))
    elif kind == 1:
        lines[at] += mark
    elif len(lines) > 3:
        del lines[at]
    return "\n".join(lines) + "\n"


def _changelog(text: str, rng: random.Random, mark: str) -> str:
    first, _, rest = text.partition("\n## ")
    return f"{first}\n## 9.{mark}\n\n- 改动{mark}。\n\n## {rest}"


_EDITS: tuple[tuple[Callable[[str, random.Random, str], str], str], ...] = (
    (_retitle, "campaign.yaml"), (_add_duty, "campaign.yaml"), (_drop_entry, "campaign.yaml"), (_comment, "campaign.yaml"),
    (_retitle, "campaign.yaml"), (_field, "schema.json"), (_field, "schema.json"), (_rename_node, ".bpmn"), (_add_node, ".bpmn"),
    (_move_shape, ".bpmn"), (_row, ".csv"), (_changelog, "CHANGELOG.md"),
)  # fmt: skip
