"""Why an answer of a model is none: it is empty, holds thoughts alone, goes round in a loop, or declines."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Final

from audiodesc.describers.base import Failure

_REFUSAL = re.compile(
    r"(?:"
    r"(?:(?:I['’]m |I am )?(?:very )?sorry\b|I apologi[sz]e\b|unfortunately\b|as an AI\b|I\b)[^.]{0,40}\b"
    r"(?:can(?:no|['’])t|(?:am|['’]m) (?:unable|not able)|won['’]t(?: be able)?) (?:to )?"
    r"(?:assist|help|describe|provide|identify|comply|view|fulfil|recogni[sz]e|process|analy[sz]e|access|do that)\b"
    r"|(?:I['’]m |I am )?sorry,? (?:but )?I can(?:no|['’])t\W*$"
    r"|(?:entschuldigung|tut mir leid)\b[^.]{0,40}\bkann ich nicht\b"
    r"|(?:(?:es )?tut mir leid|entschuldigung|leider|ich)\b[^.]{0,60}\b(?:kann|darf|bin)\b[^.]{0,60}"
    r"\bnicht\b[^.]{0,60}"
    r"\b(?:(?:weiter)?helfen|beschreiben|identifizieren|beantworten|erfüllen|nachkommen|unterstützen|in der lage)\b"
    r"|(?:(?:je suis )?(?:vraiment )?désolée?|je regrette|malheureusement|je)\b[^.]{0,60}"
    r"\b(?:ne (?:peux|puis)(?: \w+)? pas|ne suis pas en mesure)\b[^.]{0,60}"
    r"\b(?:aider|décrire|identifier|répondre|fournir|assister|traiter)\b"
    r"|(?:lo siento|lamento|lamentablemente|perdón|disculp[ae]|no)\b[^.]{0,60}"
    r"\b(?:puedo|me es posible|soy capaz)\b[^.]{0,60}"
    r"\b(?:ayudar\w*|describir\w*|identificar\w*|responder\w*|proporcionar\w*|asistir\w*|cumplir)\b"
    r"|(?:mi dispiace|spiacente|purtroppo|mi scuso|non)\b[^.]{0,60}\b(?:posso|sono in grado)\b[^.]{0,60}"
    r"\b(?:aiutar\w*|descriver\w*|identificar\w*|risponder\w*|fornir\w*|assister\w*)\b"
    r"|(?:desculpe|(?:eu )?sinto muito|lamento|infelizmente|peço desculpas?|(?:eu )?não)\b[^.]{0,60}"
    r"\b(?:posso|consigo|sou capaz)\b[^.]{0,60}"
    r"\b(?:ajud[aá]\w*|descrev[eê]\w*|identific[aá]\w*|respond[eê]\w*|fornec[eê]\w*|auxili[aá]\w*)\b"
    r"|(?:申し訳|すみません|ごめんなさい|恐れ入り|残念ながら).{0,80}(?:できません|できかねます|いたしかねます|出来ません)"
    r"|(?:非常|很)?(?:抱歉|对不起|對不起|遗憾|遺憾|我)[^。]{0,20}(?:无法|無法|不能)[^。]{0,20}"
    r"(?:帮|幫|协助|協助|描述|识别|識別|提供|回答|满足|滿足|处理|處理)"
    r"|(?:het spijt me|sorry|helaas|ik)\b[^.]{0,60}\b(?:niet|geen)\b[^.]{0,60}"
    r"\b(?:helpen|beschrijven|identificeren|beantwoorden)\b"
    r"|(?:tyvärr|förlåt|jag)\b[^.]{0,60}\bkan\b[^.]{0,40}\binte\b[^.]{0,40}\b(?:hjälpa|beskriva|identifiera|svara)\b"
    r"|(?:beklager|desværre|dessverre|und?skyld|unnskyld|jeg)\b[^.]{0,60}\bkan\b[^.]{0,40}\bikke\b[^.]{0,40}"
    r"\b(?:hj[eæ]lpe|beskrive|identifi[sc]ere|svare)\b"
    r"|(?:przykro mi|przepraszam|niestety|nie)\b[^.]{0,60}\b(?:mogę|jestem w stanie)\b[^.]{0,40}"
    r"\b(?:pomóc|opisać|zidentyfikować|odpowiedzieć)\b"
    r"|(?:promiňte|omlouvám|bohužel|je mi líto|nem(?:ohu|ůžu))\b[^.]{0,60}"
    r"\b(?:pomoct?i?|popsat|identifikovat|odpovědět)\b"
    r"|(?:anteeksi|valitettavasti|pahoittelen|en)\b[^.]{0,60}\b(?:voi|pysty)\b[^.]{0,40}"
    r"\b(?:auttaa|kuvailla|kuvata|tunnistaa|vastata)"
    r"|(?:извините|простите|к сожалению|я)\b[^.]{0,60}\bне (?:могу|в состоянии)\b[^.]{0,40}"
    r"\b(?:помочь|описать|определить|ответить)\b"
    r"|(?:вибачте|перепрошую|на жаль|я)\b[^.]{0,60}\bне (?:можу|в змозі)\b[^.]{0,40}"
    r"\b(?:допомогти|описати|визначити|відповісти)\b"
    r"|(?:îmi pare rău|din păcate|nu)\b[^.]{0,60}\bpot\b[^.]{0,40}\b(?:ajuta|descrie|identifica|răspunde)\b"
    r"|(?:sajnálom|sajnos|elnézést)\b[^.]{0,60}\bnem\b[^.]{0,40}\b(?:segít|tudok|leír)"
    r"|(?:λυπάμαι|συγγνώμη|δυστυχώς)[^.]{0,60}\bδεν μπορώ\b[^.]{0,40}\b(?:βοηθήσω|περιγράψω|αναγνωρίσω|απαντήσω)\b"
    r"|(?:üzgünüm|maalesef|özür dilerim|ne yazık ki)\b[^.]{0,60}\b\w+(?:amam|emem|amıyorum|emiyorum)\b"
    r"|(?:죄송|미안|유감).{0,60}(?:수 없|못합니다|불가능)"
    r"|(?:عذر|آسف|أعتذر|للأسف).{0,60}لا (?:أستطيع|يمكن)"
    r"|(?:מצטער|סליחה|לצערי).{0,60}(?:לא יכול|לא ניתן|אין באפשרותי)"
    r"|(?:क्षमा|माफ़|खेद).{0,60}(?:सकता|सकती|सकते) ?(?:नहीं)?"
    r")(?!.*(?:\b(?:but|however|aber|jedoch|mais|pero|però|mas|porém)\b|但|不过|不過|ただし|しかし))",
    re.IGNORECASE | re.DOTALL,
)

_NO_PICTURE = re.compile(
    r"(?:(?:I['’]m sorry|sorry|unfortunately|as an? [\w -]{2,40}|it (?:seems|looks|appears)(?: like| that)?)[,.]? "
    r"(?:but )?)?"
    r"(?:"
    r"I (?:can(?:no|['’])t|do(?: not|n['’]t)|am (?:unable|not able) to)(?: (?:actually|currently))? "
    r"(?:see|have|view|find|access)(?: (?:any|an?|the|your))?(?: \w+)? {picture}"
    r"(?=\W*$|[.,;!?]|\s+(?:attached|provided|uploaded|included|shared|here|you|(?:in|to|with) (?:your|our|this)"
    r"|to (?:describe|analy[sz]e|look at))\b)"
    r"|(?:please|could you(?: please)?) (?:upload|provide|attach|share|send) (?:the|an?|your) {picture}\W*"
    r"(?:you\b|so\b|for me\b|again\b|and I\b|I\b|$)"
    r"|you (?:have not|haven['’]t|did not|didn['’]t) (?:actually )?(?:upload|provid|attach|shar|includ|sen)\w* "
    r"(?:any|an?|the) {picture}"
    r"|(?:there (?:is|are|was|were) |there['’]s )?no {picture} (?:(?:is|are|was|were|has been|have been) )?"
    r"(?:attached|provided|uploaded|included|shared)(?: (?:in|to|with) your \w+)?"
    r"\W*(?:$|[.!]\s+(?:please|could you|I\b))"
    r")".replace("{picture}", r"(?:image|picture|video|frame|photo|attachment)s?\b"),
    re.IGNORECASE,
)
"""What is said to who asks where no picture came in; in English, in which facts are asked for. That somebody in the
film sees none, or that none hangs there, is a fact: so it takes "I" or "you", or nothing but the lack."""

LONGEST_LETTERS = 20_000
"""Of an answer; a longer one comes from a model in a loop."""

WORDS_SHOWN = 200
"""Characters of an answer that are kept as its own words."""

LOOP_LETTERS, LOOP_TIMES, LOOP_WORDS, LOOP_CHARACTERS = 2_000, 4, 12, 80
"""A loop is looked for in so many characters at the end; the same so many times in a row, and so many words in all, or
so many characters without a space."""

COUNTED_LETTERS, COUNTED_TIMES = 12_000, 100
"""The same where only the numbers differ: more often than any profile shows frames, for each may have a row with its
number or time."""

_THOUGHT = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning)"
THOUGHT_OPENS: Final = re.compile(
    rf"<{_THOUGHT}>|<\|channel\|?>(?:thought|analysis)(?:<\|message\|>)?|\[THINK\]|◁think▷"
    r"|<\|(?:begin_of_thought|start_thinking)\|>",
    re.IGNORECASE,
)
THOUGHT_CLOSES: Final = re.compile(
    rf"</{_THOUGHT}>|<channel\|>|<\|channel\|>final(?:<\|message\|>)?|\[/THINK\]|◁/think▷"
    r"|<\|(?:end_of_thought|end_thinking)\|>",
    re.IGNORECASE,
)
"""What is around the reasoning in an answer, as families of models write it."""

_TOKENS = re.compile(r"<\|[^<>|\s]{1,40}\|>|</?s>|<(?:eos|bos|pad|end_of_turn)>")
"""Marks of a model's own, which some servers leave in the text."""

_UNSEEN = "\u200b\u2060\ufeff"
"""Characters without a width, which are no space to Python."""


def without_thinking(answer: str) -> str:
    """What follows the reasoning of a model, without its own marks; "" where the reasoning never ended."""
    text = THOUGHT_CLOSES.split(answer)[-1]
    if opens := THOUGHT_OPENS.search(text):
        text = text[: opens.start()]
    return _TOKENS.sub("", text).strip(f"{_UNSEEN}{string.whitespace}").strip()


def holds_thinking(answer: str) -> bool:
    """Whether a part of the answer is reasoning."""
    return bool(THOUGHT_OPENS.search(answer) or THOUGHT_CLOSES.search(answer))


def failure_in(answer: str) -> Failure | None:
    """Why an answer is none; None for one that can be used. What a server says beside it is known to its describer."""
    text = without_thinking(answer)
    if not text:
        return Failure("thoughts" if holds_thinking(answer) else "empty")
    if len(text) > LONGEST_LETTERS or repeats_itself(text):
        return Failure("loop", words=text[:WORDS_SHOWN])
    if not any(sign.isalnum() or sign in "[{" for sign in text):  # an empty list of lines is an answer
        return Failure("empty", words=text[:WORDS_SHOWN])
    declines = _REFUSAL.match(text) or _NO_PICTURE.match(text)
    return Failure("refused", words=text[:WORDS_SHOWN]) if declines else None


def repeats_itself(text: str) -> bool:
    """Whether a text goes round in a loop at its end: the same words again and again, or the same characters where no
    space divides words.

    Cheap enough to be asked while a model writes. Facts may have the same words for each of several people: so it
    takes `LOOP_TIMES` times in a row, and `LOOP_WORDS` words or `LOOP_CHARACTERS` characters in all. Where a number is
    counted up meanwhile, as in a list, it takes `COUNTED_TIMES`.
    """
    counted = re.sub(r"\d+", "0", text[-COUNTED_LETTERS:])
    return _loops(text[-LOOP_LETTERS:], LOOP_TIMES) or _loops(counted, COUNTED_TIMES)


def _loops(text: str, fewest_times: int) -> bool:
    words = text.lower().split()
    return _goes_round(words, LOOP_WORDS, fewest_times) or (
        bool(words) and _goes_round(words[-1], LOOP_CHARACTERS, fewest_times)
    )


def _goes_round(items: Sequence[str], fewest: int, fewest_times: int) -> bool:
    """Whether items end in some of them repeated, `fewest_times` times or more and at least `fewest` in all."""
    for size in range(1, len(items) // fewest_times + 1):
        times = max(fewest_times, -(-fewest // size))
        end = items[-size * times :]
        if len(end) == size * times and end[size:] == end[:-size]:
            return True
    return False
