"""Which element of a built-in package carries which entry of its fact sheet, entry by entry.

The sheets lie beside the project; here stand only their numbers and our own names. `test_shared_facts.py` holds each pair
together: clause, actor, recipient, dates, fields with their types and choices, states, targets, consequences.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.carried.entries import Carried
from tests.carried.jilin import JILIN
from tests.carried.national import NATIONAL
from tests.carried.shanyin import SHANYIN
from tests.carried.sifangtai import SIFANGTAI
from tests.carried.yangcheng import YANGCHENG

CARRIED: Mapping[str, Carried] = {
    "jilin-2023-mine-rectification": JILIN,
    "national-2004-township-mines": NATIONAL,
    "shanyin-2024-five-year-plan": SHANYIN,
    "sifangtai-2020-three-years": SIFANGTAI,
    "yangcheng-2024-hundred-days": YANGCHENG,
}
