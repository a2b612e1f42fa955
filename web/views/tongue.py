"""Campaigns and packages in the reader's language: the package's own words, where it has them.

Views read a campaign through here, so that titles, steps, forms and choices come in the language of the page. What the engine
is asked to do it does with the package itself: only texts differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from engine import running as engine_running
from engine.models import Instance
from engine.running import Running
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import Message
from web.words import english
from workflows import publish
from workflows.bpmn import Drawing
from workflows.package import Package
from workflows.words import Words, translated, translated_drawing, words_of

# The language of the notices, which packages are written in, needs no words beside them.
_LANGUAGE = "en"


def running(work: Work, campaign_id: UUID) -> Running:
    """Gather a campaign to be read; raise NotFound."""
    return spoken(engine_running.running(work, campaign_id))


def running_of(work: Work, instance: Instance) -> Running:
    """Gather the campaign of an instance to be read, under the version by which the instance goes on; raise NotFound."""
    return spoken(engine_running.running_of(work, instance))


def spoken(live: Running) -> Running:
    """Return a campaign with its package in the reader's language."""
    return replace(live, package=package_words(live.package))


def load(work: Work, package_hash: str) -> Package:
    """Return a published package in the reader's language; raise NotFound."""
    return package_words(publish.load(work, package_hash))


def package_words(package: Package) -> Package:
    """Return a package in the reader's language."""
    return translated(package, _LANGUAGE) if english() else package


def term(package: Package, text: str) -> str:
    """Return a text of the package, such as the state of a ledger's item or the name of a step."""
    return words_of(package, _LANGUAGE).term(text) if english() else text


def named(package: Package, text: str) -> str:
    """Return what was called after an element of the package, with its period."""
    return words_of(package, _LANGUAGE).named(text) if english() else text


def drawn(package: Package, drawing: Drawing) -> bytes:
    """Return a drawing to be looked at."""
    return translated_drawing(drawing, words_of(package, _LANGUAGE)) if english() else drawing.xml


def names_here(work: Work) -> Callable[[str], str]:
    """Return what says any package's text that this tenant has kept in a row: titles of campaigns, tasks and steps."""
    if not english():
        return lambda text: text
    known: list[Words] = [words_of(publish.load(work, row.hash), _LANGUAGE) for row in publish.versions(work)]

    def said(text: str) -> str:
        return next((words for one in known if (words := one.named(text)) != text), text)

    return said


def message(one: Message, *packages: Package) -> Message:
    """Return a message that calls fields, steps and duties of packages by their names in the reader's language."""
    if not english():
        return one
    for package in packages:
        found = _said(one, words_of(package, _LANGUAGE))
        one = found if isinstance(found, Message) else one
    return one


def refused(refusal: Invalid, package: Package) -> Invalid:
    """Return a refusal that calls fields and choices by their names in the reader's language."""
    if not english():
        return refusal
    words = words_of(package, _LANGUAGE)
    problems = [
        replace(problem, what=_said(problem.what, words), do=_said(problem.do, words))
        for problem in refusal.problems
    ]
    return Invalid(_said(refusal.what, words), refusal.do, problems=problems)


def _said(message: Any, words: Words) -> Any:
    if isinstance(message, str):
        return words.term(message)
    if isinstance(message, tuple):
        return tuple(_said(one, words) for one in message)
    if not isinstance(message, Message):
        return message
    return Message(message.template, {key: _said(value, words) for key, value in message.params.items()})
