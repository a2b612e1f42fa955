"""Processes as people draw them: read safely, checked whole, refused by name where nobody would carry them out."""

from workflows.bpmn.drawing import Drawing, Event, Flow, Node, Timer
from workflows.bpmn.read import read_process
from workflows.bpmn.timing import BadTiming, Timing, moment_of, read_timing

__all__ = [
    "BadTiming",
    "Drawing",
    "Event",
    "Flow",
    "Node",
    "Timer",
    "Timing",
    "moment_of",
    "read_process",
    "read_timing",
]
