"""Which element of a built-in package carries which entry of its fact sheet, entry by entry.

The sheets lie beside the project; here stand only their numbers and our own names. `test_shared.py` holds each pair together:
clause, actor, recipient, dates, fields with their types and choices, states, targets, consequences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Carried:
    """What a package makes of a fact sheet.

    actors: entry -> actors of the package that stand for it.
    tasks, reports, ledgers, targets, rules: entry -> paths of elements (`duties.work_plan`), the first one owes it.
    forms: entry -> forms that together ask for its fields. renamed: (form, field) -> what we call it, or `ledger.<id>` where a
    ledger shows it by itself, or `row` where it stands in the same row.
    done_by: rule -> where its consequences happen: `form/field=choice`, `process/node`, `duties.<id>`.
    """

    actors: Mapping[str, tuple[str, ...]]
    reports: Mapping[str, str]
    tasks: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, tuple[str, ...]]
    ledgers: Mapping[str, str]
    targets: Mapping[str, str]
    rules: Mapping[str, str]
    done_by: Mapping[str, tuple[str, ...]]
    renamed: Mapping[tuple[str, str], str] = field(default_factory=dict)


YANGCHENG = Carried(
    actors={
        "A1": ("office", "leader", "inspector"),
        "A2": ("leader",),
        "A3": ("office",),
        "A4": ("inspector",),
        "A5": ("company",),
        "A6": ("mine", "enterprise"),
        "A7": ("mine_head", "principal"),
        "A8": ("deputy",),
        "A9": ("section", "enterprise"),  # a section reports to its mine
        "A10": ("crew", "enterprise"),
        "A11": ("mine",),  # the dispatch room writes its part of the mine's log
        "A13": ("worker", "mine"),  # sheets of all staff are gathered by the mine, without names
    },
    reports={
        "R1": "work_plan",
        "R2": "monthly_progress",
        "R3": "final_summary",
        "R4": "bulletin",
        "R5": "hazard_report",
        "R6": "penance_deputy",
        "R7": "penance_principal",
    },
    tasks={
        "T1": ("duties.work_plan",),
        "T2": ("duties.kickoff",),
        "T3": ("duties.education",),
        "T4": ("duties.lecture",),
        "T5": ("duties.reflection",),
        "T6": ("duties.responsibilities",),
        "T7": ("duties.rules_revision",),
        "T8": ("duties.video_check",),
        "T9": ("duties.hiring",),
        "T10": ("duties.responsibility_letters",),
        "T11": ("duties.assessment",),
        "T12": ("duties.training_plan", "duties.training", "ledgers.training_files"),
        "T13": ("duties.certificates",),
        "T14": ("duties.inspection",),
        "T15": ("duties.contractors",),
        "T16": ("duties.quarterly_check", "duties.monthly_check", "duties.weekly_check", "duties.daily_check"),
        "T17": ("duties.past_majors", "ledgers.past_hazards"),
        "T18": ("duties.disaster_control",),
        "T19": ("duties.high_risk",),
        "T20": ("duties.equipment_rules", "duties.equipment"),
        "T21": ("duties.shifts",),
        "T22": ("duties.shifts",),
        "T23": ("duties.violation", "ledgers.violations"),
        "T24": ("duties.shifts",),
        "T25": ("duties.patrol_plan", "duties.patrol"),
        "T26": ("duties.violation_rules",),
        "T27": ("duties.hotline", "duties.tip"),
        "T28": ("duties.red_lines", "ledgers.red_line_items"),
        "T29": ("duties.inspection",),
        "T30": ("ledgers.supervised",),
        "T31": ("duties.self_check", "ledgers.hazards"),
        "T32": ("duties.deep_inspection",),
        "T33": ("duties.gap_closing", "duties.final_summary"),
    },
    forms={
        "F1": ("work-plan",),
        "F2": ("monthly-progress",),
        "F3": ("summary",),
        "F4": ("self-check", "high-risk-check"),
        "F5": ("rectification-plan",),
        "F6": ("education",),
        "F7": ("reflection",),
        "F8": ("responsibility-letters",),
        "F9": ("spot-exam", "training-record"),
        "F10": ("violation-trace", "violation", "violation-assessment"),
        "F11": ("past-majors", "past-verification", "past-remedy"),
        "F12": ("tip",),
        "F13": ("shifts",),
        "F14": ("red-lines",),
        "F15": ("red-lines",),
        "F16": ("video-check",),
        "F17": ("equipment",),
        "F18": ("penance",),
        "F19": ("bulletin",),
        "F20": ("inspection",),
    },
    renamed={
        ("F4", "隐患等级"): "级别",
        ("F5", "对应隐患"): "ledger.hazards",  # the list is a step in the life of the hazard itself
        ("F5", "整改结果"): "ledger.hazards",
        ("F15", "对应红线"): "row",
    },
    ledgers={
        "L1": "hazards",
        "L2": "past_hazards",
        "L3": "supervised",
        "L4": "violations",
        "L5": "training_files",
        "L6": "red_line_items",
    },
    targets={
        "G1": "deaths",
        "G2": "injuries",
        "G3": "majors_open",
        "G4": "violations",
        "G5": "education_cover",
        "G6": "education_times",
        "G7": "education_cases",
        "G8": "bulletin_cases",
        "G9": "face_hours",
        "G10": "shaft_hours",
        "G11": "dispatch_lead",
    },
    rules={
        "D1": "rules.stop_production",
        "D2": "rules.double_inquiry",
        "D3": "rules.retrain",
        "D4": "rules.trace_back",
        "D5": "rules.follow_shift",
        "D6": "rules.night_shift",
        "D7": "rules.past_major",
        "D8": "rules.raised_inquiry",
        "S1": "sanctions.crew_violation",
        "S2": "sanctions.major_found",
        "S3": "sanctions.slow_progress",
        "S4": "sanctions.careless_check",
        "S5": "sanctions.accident",
    },
    done_by={
        "D1": ("supervision/handle", "handling/处理措施=停产停业整顿"),
        "D2": ("supervision/handle", "handling/一案双查"),
        "D3": ("training/retrain", "retraining/脱产开始"),
        "D4": (
            "violation/trace", "violation-trace/责任倒查", "violation-trace/培训倒查", "violation-trace/互保倒查",
        ),
        "D5": ("shifts/跟班领导到场",),
        "D6": ("shifts/危险作业", "shifts/双带班人员"),
        "D7": ("past-hazard/verify", "past-hazard/remedy", "past-remedy/责任", "past-remedy/措施"),
        "D8": ("accident/investigate", "investigation/调查层级"),
        "S1": ("violation/liability", "section-liability/科队长处理", "duties.penance_deputy"),
        "S2": ("inspection/处理决定=行政处罚", "handling/处理措施=行政处罚", "duties.penance_principal"),
        "S3": ("admonition/decide", "admonition/措施=通报批评", "admonition/措施=约谈", "admonition/措施=问责"),
        "S4": ("admonition/decide", "admonition/措施=通报批评", "admonition/措施=约谈", "admonition/措施=问责"),
        "S5": ("accident/investigate", "investigation/责任追究"),
    },
)  # fmt: skip

CARRIED: Mapping[str, Carried] = {"yangcheng-2024-hundred-days": YANGCHENG}
