"""Before a launch the administrator is told which reports nobody would receive."""

from __future__ import annotations

from tests.engine.package import files
from tests.engine.story import begun

P = "/t/yangcheng"
OFFICE = "office: {title: 办公室, post: leading_group}"
ELSEWHERE = "office: {title: 办公室, unit: \"kind == 'bureau' and 级别 == '省'\"}"


def test_the_launch_page_names_them_and_says_what_to_do(visit, door, clock, house):
    sound = begun(door, clock)
    admin = visit("admin")
    assert "没有单位受理" not in admin.post(f"{P}/launch/{sound.package}", {"step": "preview"}).text
    text = files()["campaign.yaml"].decode().replace(OFFICE, ELSEWHERE).replace("1.0.0", "1.0.1")
    lost = begun(door, clock, {**files(), "campaign.yaml": text.encode()})
    page = admin.post(f"{P}/launch/{lost.package}", {"step": "preview"}).text
    assert "2项报送现在没有单位受理" in page and "报送方案、报送月报" in page
