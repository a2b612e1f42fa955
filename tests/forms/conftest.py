"""What tests of the expression language share."""

from collections.abc import Iterator

import pytest

from tests.forms.expression_twins import Browser


@pytest.fixture(scope="module")
def browser_twin() -> Iterator[Browser]:
    twin = Browser()
    yield twin
    twin.close()
