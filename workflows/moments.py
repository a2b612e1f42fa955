"""What every element has, and those elements that only say when: phases, and the milestones inside of a duty. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.parts import When
from workflows.periods import Each


@dataclass(frozen=True, kw_only=True)
class Element:
    """What every element of campaign.yaml has.

    id: its key in the file. clauses: paths in clauses.yaml that ask for it.
    added, reason: not in the notice, and why it is here all the same. words: the notice's own words for its date or demand.
    """

    id: str
    title: str
    clauses: tuple[str, ...] = ()
    added: bool = False
    reason: str = ""
    words: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Phase(Element):
    """A named span; without an end it is open, without a start the notice does not say when it begins.

    after: the phase that it follows, where it has no start of its own. within: the phase that it is a part of.
    milestone: a point and no span: its end, or no date at all. horizon: beyond the campaign, nobody is late for it.
    every: comes again, once in each of these periods.
    """

    start: When | None = None
    end: When | None = None
    after: str = ""
    within: str = ""
    milestone: bool = False
    horizon: bool = False
    every: Each | None = None


@dataclass(frozen=True, kw_only=True)
class Milestone(Element):
    """A date inside of one task, by which a part of it is done. clauses: its duty's, where it names none itself.

    due: reads `due` and, of a duty that something else starts, `event` besides the usual names. step: the step of the duty's
    process that does it; empty = the whole task. missed: the event that is thrown when it is not done by then; empty = none.
    rule: the rule or sanction that says what follows, empty = none.
    """

    due: When | None = None
    step: str = ""
    missed: str = ""
    rule: str = ""
