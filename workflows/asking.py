"""Whether a clause asks for something, and by which words: the way in which Chinese offices ask, whatever they ask about. Pure.

Two kinds of words ask. Some do wherever they stand: 必须, 不得, 报送, 每月, 于…前. Others are what a plan is written in, verbs
with nobody who does them, at the beginning of a sentence or after a comma: 建立……，完善……. These ask only where somebody is to
do something: not in the sections that think (指导思想, 形势), nor in what looks back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from workflows.notice_clauses import NoticeClause
from workflows.notice_outline import TITLE

Kind = Literal["ban", "must", "case", "report", "due", "often", "measure", "duty", "order", "listed"]

_N = r"[\d〇零一二三四五六七八九十两百]{1,6}"
# What asks wherever it stands.
_STRONG: Sequence[tuple[Kind, str]] = (
    ("ban", r"严禁|禁止|不得|不准|不许|不允许|杜绝|严防|停止(?:作业|生产|建设)"),
    ("must", r"(?<!个)必须(?!清醒|认识|看到)|务必|应当|一律"
             r"|(?<![相响反适对供效])应(?=[当于予按及立])|(?<![无必不])须(?=[在于经按由有及报向])|确保"
             r"|坚决(?=[^，。；]{2})"),
    ("case", r"(?:^|(?<=[。；，]))(?:[对凡如若]|发现)[^，。；]{3,60}的(?=，)"),
    ("report", r"报送|上报|呈报|报备|报请|备案|书面报告|报告(?=[。；，]|工作|情况)"
               r"|(?:并|情况|结果|方案|名单|进展|总结)报(?![送告备])|向[^，。；]{1,16}(?:报告|汇报|通报|反馈|作[出]?检查)|通报|反馈"),
    ("often", rf"每(?:[年月季周旬日天班]|半年|季度|两|{_N})(?!个(?:人|单位|环节|岗位|部位))|逐[日周月季年旬]"
              r"|按[月季旬周年](?!度?计划)|月底前|定期|不定期|常态化"),
    ("due", rf"(?:{_N}\s*[年月日号]\s*(?:以|之)?|底|末|中旬|上旬|下旬|到来|结束)前|{_N}\s*[年月日]\s*(?:至|到|[—－-])\s*(?={_N})"
            rf"|即日起|限期|期限内|{_N}\s*个?(?:工作日|小时|日|天)(?:以|之)?内"),
    ("measure", rf"(?:不|至)少于?|不超过|不低于|不高于|不大于|不小于|超过{_N}|低于\s*[\d.]{{1,8}}|控制在"
                rf"|达到?\s*[\d.]{{1,8}}\s*[%％]|[\d.]{{1,8}}\s*[%％]|{_N}\s*[次个处支起人项]\s*(?:以上|以内)|(?:开展|组织|召开|进行){_N}次|全覆盖|实现.{{0,60}}目标"),
)  # fmt: skip
# 要 that orders, not the one of 主要, 需要, 要求; 请 that asks, not the one of 请示.
_MODAL = re.compile(r"(?<![主重需只首简概纪摘必紧扼提])要(?![求素点件害闻么是紧务塞领目])|请(?![示求])")
_OWNER = re.compile(
    r"负责(?!人|同志|制|任)|(?:^|[，。；])[^，。；]{0,14}?将(?=[^，。；]{2,})|由[^，。；]{2,20}?(?=严格|认真|组织|牵头|落实)"
)
_ADVERBS = (
    "进一步|全面|切实|认真|严格|深入|大力|积极|扎实|持续|加快|着力|重点|集中|及时|逐步|逐一|坚决|充分|不断|统一|合理|稳步|广泛|科学"
    "|立即|迅速|主动|组织|统筹|有序|综合|深化|系统|准确|密切|有针对性地|依法|依规|同时|同步|先|再|并|也|还|均|自觉|逐级|层层|分批|抓紧"
)
_VERBS = (
    "建立|健全|完善|制定|制订|编制|修订|修改|补充|开展|召开|召集|举办|落实|执行|贯彻|推进|推动|推行|推广|推选|实施|实行|采取|加强|强化"
    "|加大|提升|提高|优化|规范|明确|成立|设立|设置|建设|建成|构建|打造|配备|配齐|配强|充实|储备|督促|督导|监督|引导|指导|检查|排查|整治|治理"
    "|打击|查处|惩处|惩戒|淘汰|关闭|取缔|取消|吊销|清除|清理|清退|责令|追究|问责|约谈|曝光|公布|公示|挂牌|销号|整改|验收|评估|考核|评价|总结"
    "|梳理|分析|研判|研究|辨识|查明|汇总|填写|填报|登记|建档|归档|签订|培训|教育|宣传|宣讲|普及|学习|演练|巡查|抽查|自查|核查|复查|监测|监控"
    "|预警|防范|防控|管控|消除|化解|压实|压紧|夯实|运用|用好|利用|畅通|鼓励|奖励|保护|保障|保证|提取|安排|部署|动员|调度|协调|配合|移送|移交"
    "|请示|邀请|聘请|选择|引进|培养|形成|做好|抓好|搞好|整合|实现|纳入|调整|严格|狠抓|严查|严把|严控|结合.{0,20}制定"
    "|对.{2,40}(?:进行|开展|予以|实行|实施|给予)|将.{2,40}(?:纳入|作为|列入|贯穿|报)|把.{2,40}(?:纳入|作为|列入|调整)"
)
_ORDER = re.compile(
    rf"(?:^|(?<=[，。；;：:！？、\n]))[\s\u3000]*(?:[一二三四五六七八九十]是)?(?:{_ADVERBS})*(?P<verb>{_VERBS})(?=[^。；，、]|、)"
)
# Whoever begins a sentence with 各 says who is to do what follows.
_EACH = re.compile(rf"^[\s\u3000]*各[^，。；]{1, 40}?(?P<verb>{_VERBS})")
# What a plan is to be thought of, rather than done: nobody can be asked whether it is.
_THINKS = re.compile(
    r"指导思想|基本原则|总体要求|总体思路|(?:重要|重大)意义|重要性|提高(?:思想)?认识|政治站位|形势|现状|进展|成效|挑战|背景"
)
_EXHORTS = re.compile(
    r"^(?:进一步|切实|充分|不断|始终|从|以|在|认真)*(?:提高(?:政治|思想)|高度重视|牢固树立|树牢|坚持|深刻|站在|统筹好?发展|担负起|担当"
    r"|勇于|高举|增强|强化(?:红线|底线)|维护)|求真务实|(?:抓|做)(?:紧|好|实|细|出成效)(?:抓|做)?|(?:贯彻|抓好)(?:执行|落实)"
)
_LOOKS_BACK = re.compile(
    r"以来|近年来|近几年|取得了|有所|仍然?(?:面临|严重)|(?:“|”|年)?期间，(?:全[县省市区]|我)|稳步提高，|是.{2,60}的(?:需要|要求|途径|工作|举措)[，。]"
)
# Nobody writes longer ones; whoever does, has them looked at in pieces.
_SENTENCES = re.compile(r"[^。！？\n]{1,500}[。！？]?")
# Parts of a notice that have no number say how to take it; what they ask for is only what they ask for in so many words.
_FRAME = frozenset({"文头", "标题", "前言", "抄送", "落款"})
# Where a plan thinks, these say what is hoped for.
_HOPES = frozenset({"确保", "坚决", "严防", "杜绝", "常态化", "通报"})
_LONGEST = 12
# No sentence orders more often.
_MODALS = 20


@dataclass(frozen=True)
class Cue:
    """What in a clause asks. start, end: where the word stands in the clause's text."""

    kind: Kind
    word: str
    start: int
    end: int


def asking(clauses: Sequence[NoticeClause]) -> dict[str, tuple[Cue, ...]]:
    """Return by which words each clause of a notice asks for something, by its path; none when it does not.

    What a clause announces as a list is asked for, item by item, when the clause itself asks.
    """
    known = {one.path: one for one in clauses}
    found: dict[str, tuple[Cue, ...]] = {}
    for one in clauses:
        headings, above = [one.title], known.get(one.within)
        while above is not None:
            headings.append(above.title)
            above = known.get(above.within)
        words = cues(one.text, headings=headings, heading=_heading(one), frame=one.path in _FRAME)
        if not words and one.listed and not one.below and found.get(one.within):
            words = (Cue("listed", "", 0, 0),)
        found[one.path] = words
    return found


def cues(
    text: str, *, headings: Sequence[str] = (), heading: int = 0, frame: bool = False
) -> tuple[Cue, ...]:
    """Return by which words a text asks for something; none when it does not.

    headings: what the headings say that it stands below, its own among them. heading: so many characters at its beginning are its
    heading, which only names what follows. frame: it stands around the clauses, not among them.
    """
    thinks = any(_THINKS.search(one) for one in headings)
    found: list[Cue] = []
    for sentence in _SENTENCES.finditer(text):
        here = _in(sentence[0], sentence.start(), frame, thinks)
        # A heading names; but the days that it names are days to be kept.
        found += [one for one in here if sentence.end() > heading or one.kind == "due"]
    return tuple(sorted(found, key=lambda one: one.start))


def _heading(clause: NoticeClause) -> int:
    """Return how long the heading of a clause is, where it is not all that the clause says."""
    if not clause.title:
        return 0
    first = _SENTENCES.search(clause.text)
    end = first.end() if first else 0
    if end > TITLE or (first and first[0].rstrip().endswith(("：", ":"))):
        return 0
    return end if clause.below or end < len(clause.text.rstrip()) else 0


def _in(sentence: str, begin: int, frame: bool, thinks: bool) -> Iterator[Cue]:
    """Yield what asks in one sentence, which begins there in its clause."""
    back = bool(_LOOKS_BACK.search(sentence)) and not _MODAL.search(sentence)
    for kind, pattern in _STRONG:
        for one in re.finditer(pattern, sentence):
            if kind == "ban" or not (back or (frame and kind != "due") or (thinks and one[0] in _HOPES)):
                yield _cue(kind, one[0], begin + one.start())
    if frame or back:
        return
    for one in islice(_MODAL.finditer(sentence), _MODALS):
        rest = sentence[one.end() :].split("，", 6)
        if not _EXHORTS.search(rest[0]) and not (thinks and all(map(_EXHORTS.search, rest))):
            yield _cue("duty", one[0], begin + one.start())
    if thinks:
        return
    for one in _OWNER.finditer(sentence):
        word = "将" if one[0].endswith("将") else one[0]
        yield _cue("duty", word, begin + one.end() - len(word))
    for one in _ORDER.finditer(sentence):
        yield _cue("order", one["verb"], begin + one.start("verb"))
    for one in _EACH.finditer(sentence):
        yield _cue("order", one["verb"], begin + one.start("verb"))


def _cue(kind: Kind, word: str, start: int) -> Cue:
    """Return a cue with the first signs of its word: enough to find it by."""
    return Cue(kind, word[:_LONGEST], start, start + min(len(word), _LONGEST))
