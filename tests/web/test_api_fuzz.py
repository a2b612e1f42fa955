"""The API against its own document: whatever schemathesis makes up, no fault, and no answer that the document does not name.

Real data behind it, and own ids in half of the requests, so that what is made up also reaches the commands below.
"""

from __future__ import annotations

import dataclasses
import zlib

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis import checks as known
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from web.api.document import document

pytestmark = pytest.mark.slow

CHECKS = [
    known.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_schema_conformance, checks.response_headers_conformance, checks.negative_data_rejection,
]  # fmt: skip
# PostgreSQL is the stricter one: what is wrong shows there.
EXAMPLES = {"postgresql": 12, "sqlite": 4}
# What ends something comes last, so that the others still find it.
_ENDS = ("close", "deactivate", "retry", "complete", "code", "codes", "{document_id}")


@pytest.fixture
def config(config):
    return dataclasses.replace(config, api_limit="1000000/minute")


@pytest.fixture
def askers(program, county) -> list[str]:
    """Tokens of an administrator, a clerk of a mine, a stranger from the next county, an auditor: all ask for the county's ids."""
    return [program(login).token for login in ("admin", "pine", "qs-admin", "auditor")]


@pytest.fixture
def api(house, county):
    found = document(house)
    # Every request carries a token: one that would be left out is none of what is made up.
    for methods in found["paths"].values():
        for method in methods.keys() - {"parameters"}:
            del methods[method]["security"]
    ordered = sorted(found["paths"].items(), key=lambda item: item[0].endswith(_ENDS))
    schema = schemathesis.openapi.from_dict({**found, "paths": dict(ordered)})
    schema.app = house
    return schema


def test_nothing_breaks_and_every_answer_is_as_documented(api, askers, county, database):
    own, wrong, count = county.values, {}, EXAMPLES[database.kind]
    for found in api.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:
            try:
                _try_out(operation, mode, askers, own, count)
            except (InvalidArgument, Unsatisfiable):
                continue  # nothing about it can be wrong
            except (Exception, BaseExceptionGroup) as failure:
                wrong[f"{operation.label} {mode.value}"] = _told(failure)
    assert not wrong, "\n\n".join(f"{place}: {words}" for place, words in wrong.items())


def _try_out(operation, mode: GenerationMode, askers: list[str], own: dict[str, str], count: int) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=count, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    def asked(case: Case) -> None:
        draw = zlib.crc32(
            f"{case.path_parameters}{case.query}{case.body}{case.headers}".encode(errors="replace")
        )
        if draw % 2 and not _negated(case, ParameterLocation.PATH):
            case.path_parameters = {
                name: own.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        response = case.call(headers={"Authorization": f"Bearer {askers[draw // 2 % len(askers)]}"})
        case.validate_response(response, checks=CHECKS)

    asked()


def _told(failure: BaseException) -> str:
    inner = getattr(failure, "exceptions", (failure,))
    return "\n".join(f"{type(one).__name__}: {one}" for one in inner)[:1500]


def _negated(case: Case, location: ParameterLocation) -> bool:
    component = case.meta.components.get(location) if case.meta else None
    return component is not None and component.mode == GenerationMode.NEGATIVE
