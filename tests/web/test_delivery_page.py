"""Deliveries as people and programs meet them: listed, with every hop, sent on, given back, taken back, sent elsewhere."""

from __future__ import annotations

from sqlalchemy import select

from engine.deliveries.models import Delivery
from tests.engine.story import Story
from tests.engine.test_deliveries import carry


def row_of(door, tenant: str, side: str) -> Delivery:
    with door(tenant, reads=True) as work:
        query = select(Delivery).where(Delivery.side == side, Delivery.title.contains("向市局报告"))
        return work.session.scalars(query.order_by(Delivery.id.desc()).limit(1)).one()


def test_what_arrived_is_listed_and_sent_on(house, visit, door, clock, neighbours):
    visitor, arrived = visit("city-admin"), row_of(door, "jincheng", "in")
    listed = visitor.get("/t/jincheng/deliveries").text
    assert "向市局报告" in listed and "阳城县" in listed and "待答复" in listed
    assert f"deliveries/{arrived.id}" in visitor.get(f"/t/jincheng/tasks/{arrived.task_id}").text
    page = visitor.get(f"/t/jincheng/deliveries/{arrived.id}").text
    assert arrived.content_hash in page and "山西省" in page and "退件" in page
    answer = visitor.post(
        f"/t/jincheng/deliveries/{arrived.id}/forward",
        {"to": str(neighbours.world.tenants["shanxi"]), "note": "请省厅研究。"},
    )
    assert answer.status_code == 303, answer.text
    with house.app_context():
        assert [one for one in carry(Story(door, clock, ""), door) if "ring" not in one] == []
    page = visitor.get(f"/t/jincheng/deliveries/{arrived.id}").text
    assert "已转送" in page and "请省厅研究。" in page and 'name="to"' not in page
    sent = row_of(door, "yangcheng", "out")
    page = visit("admin").get(f"/t/yangcheng/deliveries/{sent.id}").text
    assert "山西省" in page and "已受理" in page and "请省厅研究。" in page
    instance = visit("admin").get(f"/t/yangcheng/instances/{sent.instance_id}").text
    assert "阳城县 → 晋城市 → 山西省" in " ".join(instance.split())


def test_a_refusal_is_said_and_nothing_is_sent(house, visit, door, neighbours):
    visitor, arrived = visit("city-admin"), row_of(door, "jincheng", "in")
    for to in ("", str(neighbours.world.tenants["yangcheng"])):
        answer = visitor.post(f"/t/jincheng/deliveries/{arrived.id}/forward", {"to": to})
        assert answer.status_code == 422 and "单位" in answer.text
    assert visitor.post(f"/t/jincheng/deliveries/{arrived.id}/return", {"reason": ""}).status_code == 422
    assert row_of(door, "jincheng", "in").state == "arrived"


def test_what_was_given_back_is_told_and_done_at_home(house, visit, door, clock, neighbours):
    arrived = row_of(door, "jincheng", "in")
    answer = visit("city-admin").post(
        f"/t/jincheng/deliveries/{arrived.id}/return", {"reason": "不属本局受理。"}
    )
    assert answer.status_code == 303
    with house.app_context():
        assert [one for one in carry(Story(door, clock, ""), door) if "ring" not in one] == []
    admin, sent = visit("admin"), row_of(door, "yangcheng", "out")
    stopped = admin.get("/t/yangcheng/incidents").text
    assert "不属本局受理。" in stopped and "改送" in stopped
    page = admin.get(f"/t/yangcheng/deliveries/{sent.id}").text
    assert "已退件" in page and "由本单位办理" in page
    assert (
        admin.post(f"/t/yangcheng/deliveries/{sent.id}/withdraw", {"reason": "本局办理。"}).status_code == 303
    )
    assert "不属本局受理。" not in admin.get("/t/yangcheng/incidents").text
    trail = admin.get(f"/t/yangcheng/instances/{sent.instance_id}").text
    assert "晋城市退件：不属本局受理。" in trail and "从晋城市撤回，由本单位办理" in trail


def test_a_program_does_the_same(house, program, door, clock, neighbours):
    asker, arrived = program("city-admin"), row_of(door, "jincheng", "in")
    listed = asker.get("/deliveries?side=in").get_json()["deliveries"]
    assert [one["id"] for one in listed if one["state"] == "arrived"] == [str(arrived.id)]
    whole = asker.get(f"/deliveries/{arrived.id}").get_json()
    assert (
        whole["sender"] == "阳城县" and whole["hash"] == arrived.content_hash and whole["may_return"] is True
    )
    onward = {one["name"]: one["id"] for one in whole["onward"]}
    sent = asker.post(f"/deliveries/{arrived.id}/forward", {"to": onward["山西省"], "note": "请研究。"})
    assert sent.status_code == 201, sent.text
    there = sent.get_json()
    assert (there["side"], there["hash"], len(there["hops"])) == ("out", whole["hash"], 2)
    again = asker.post(f"/deliveries/{there['id']}/resend", {"to": onward["山西省"]})
    assert again.status_code == 200 and again.get_json()["state"] == "withdrawn"
    newest = asker.get("/deliveries?side=out").get_json()["deliveries"][0]
    assert asker.post(f"/deliveries/{newest['id']}/withdraw", {}).status_code == 200
    assert asker.get(f"/deliveries/{arrived.id}").get_json()["state"] == "arrived"
