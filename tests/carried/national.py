"""National 2004: an opinion with yearly targets."""

from __future__ import annotations

from tests.carried.entries import Carried

NATIONAL = Carried(
    actors={
        "A1": (),  # issues the opinion and has nothing to do afterwards
        "A2": ("administration",),
        "A3": ("province",),
        "A4": ("lead",),
        "A5": ("government",),
        "A6": ("government",),
        "A7": ("key_city",),
        "A8": ("key_county",),
        "A9": ("accountable",),
        "A10": ("mine",),
        "A11": ("inspectorate",),
        "A12": (),  # the public takes part; nothing is asked of it
    },
    reports={"R1": "implementation_report", "R2": "standards_filing"},
    tasks={
        "T1": ("duties.lead_department",),
        "T2": ("duties.publicity",),
        "T3": ("duties.local_standard",),
        "T4": ("duties.grading_rules",),
        "T5": ("duties.attainment_plan",),
        "T6": ("duties.requirements",),
        "T7": ("duties.model_mines", "ledgers.model_list"),
        "T8": ("duties.grading", "ledgers.register"),
        "T9": ("duties.basics",),
        "T10": ("duties.rectification_scheme",),
        "T11": ("duties.policies",),
        "T12": ("duties.experience",),
        "T13": ("duties.incentives",),
        "T14": ("duties.inspection",),
        "T15": ("duties.opinion",),
    },
    forms={
        "F1": ("implementation-report",),
        "F2": ("attainment-plan",),
        "F3": ("standards-filing",),
        "F4": ("rating",),
        "F5": ("models", "model-progress"),
        "F6": ("opinion",),
    },
    renamed={("F5", "选择理由（积极性、基础条件）"): "选择理由"},
    ledgers={"L1": "model_list", "L2": "register", "L3": "opinions"},
    targets={
        "G1": "model_counties",
        "G2": "model_townships",
        "G3": "model_mines",
        "G4": "yearly_share",
        "G5": "graded_share",
        "G6": "fit_share",
    },
    rules={
        "D1": "rules.national_standard",
        "D2": "rules.local_standard",
        "D3": "rules.basics_first",
        "S1": "sanctions.opinion",
    },
    done_by={
        "D1": ("standards-filing/采用标准=全国统一标准",),
        "D2": ("standards-filing/采用标准=本地区标准", "duties.local_standard"),
        "D3": ("duties.basics", "basics/主要矛盾"),
        "S1": ("duties.opinion", "opinion/情形=存在严重安全质量问题", "opinion/情形=进展缓慢", "opinion/rectify"),
    },
    # The department in charge reports before the first year is over: the year's end is no date for what it rests on.
    undated=frozenset({"T1", "T3", "T4", "T5", "T6", "T11"}),
    strengths={"G6": "力争"},  # one sentence with G5
)  # fmt: skip
