"""What selectors read of units, told to those who enter them."""

from __future__ import annotations

from tests import gallery
from workflows.traits import STATUS, Trait, kinds_of, merged, traits

JILIN = next(name for name in gallery.PACKAGES if name.startswith("jilin"))
DISTRICT = next(name for name in gallery.PACKAGES if name.startswith("sifangtai"))


def read(name: str) -> dict[str, Trait]:
    return dict(traits(gallery.examined(name)[0]))


def test_the_words_that_a_selector_compares_with_are_known_and_for_which_kinds() -> None:
    functions = read(DISTRICT)["职能"]
    assert {"煤矿监管", "自然资源", "财政"} <= set(functions.values)
    assert functions.of("department") and not functions.of("mine")


def test_numbers_and_states_are_told_apart_from_words() -> None:
    found = read(JILIN)
    assert found["边坡高度"].number and not found["边坡高度"].values
    assert "停建" in found[STATUS].values
    assert not {"kind", "name", "code", "id"} & set(found)


def test_a_kind_that_only_selectors_name_is_called_after_whoever_is_one() -> None:
    known = kinds_of(gallery.examined(JILIN)[0])
    assert known["city"] == "市（州）应急管理局" and known["mine"] != "mine"
    assert kinds_of(gallery.examined(DISTRICT)[0])["department"] == "区直部门"


def test_what_several_packages_read_is_put_together() -> None:
    both = merged([read(JILIN), read(DISTRICT)])
    assert both["职能"].of("department") and both["升级改造"].of("mine")
    assert {"整改", "生产"} <= set(both[STATUS].values)
