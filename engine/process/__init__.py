"""Runs one process instance: pure functions over a compact state, on SpiffWorkflow's runtime. Its only user."""

from engine.process.decisions import Decided
from engine.process.errors import ProcessStuck, TokenGone
from engine.process.model import Model
from engine.process.step import Opened, Step, Timer
from engine.process.steps import advance, rearm, signal, stamp, start, wake

__all__ = [
    "Decided",
    "Model",
    "Opened",
    "ProcessStuck",
    "Step",
    "Timer",
    "TokenGone",
    "advance",
    "rearm",
    "signal",
    "stamp",
    "start",
    "wake",
]
