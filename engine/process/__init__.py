"""Runs one process instance: pure functions over a compact state, on SpiffWorkflow's runtime. Its only user."""

from engine.process.crossing import Fit, Unfit, cross, fit
from engine.process.decisions import Decided
from engine.process.errors import ProcessStuck, TokenGone
from engine.process.model import Model, process_of
from engine.process.script import Given
from engine.process.stamps import stamp, stamps
from engine.process.step import Opened, Step, Timer
from engine.process.steps import advance, begin, held, rearm, signal, start, wake

__all__ = [
    "Decided",
    "Fit",
    "Given",
    "Model",
    "Opened",
    "ProcessStuck",
    "Step",
    "Timer",
    "TokenGone",
    "Unfit",
    "advance",
    "begin",
    "cross",
    "fit",
    "held",
    "process_of",
    "rearm",
    "signal",
    "stamp",
    "stamps",
    "start",
    "wake",
]
