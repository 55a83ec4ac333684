"""Why an answer of a model is none: it is empty, holds thoughts alone, goes round in a loop, or declines."""

from __future__ import annotations

import re
from collections.abc import Sequence

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

LONGEST_LETTERS = 20_000
"""Of an answer; a longer one comes from a model in a loop."""

WORDS_SHOWN = 200
"""Characters of an answer that are kept as its own words."""

LOOP_LETTERS, LOOP_TIMES, LOOP_WORDS, LOOP_CHARACTERS = 2_000, 4, 12, 80
"""A loop is looked for in so many characters at the end; the same so many times in a row, and so many words in all, or
so many characters without a space."""


def without_thinking(answer: str) -> str:
    """What follows the reasoning of a model; "" where that never ended."""
    return re.sub(r"<think(?:ing)?>.*", "", re.split(r"</think(?:ing)?>", answer)[-1], flags=re.DOTALL).strip()


def failure_in(answer: str) -> Failure | None:
    """Why an answer is none; None for one that can be used. What a server says beside it is known to its describer."""
    text = without_thinking(answer)
    if not text.strip():
        return Failure("thoughts" if answer.strip() else "empty")
    if len(text) > LONGEST_LETTERS or repeats_itself(text):
        return Failure("loop", words=text[:WORDS_SHOWN])
    return Failure("refused", words=text[:WORDS_SHOWN]) if _REFUSAL.match(text) else None


def repeats_itself(text: str) -> bool:
    """Whether a text goes round in a loop at its end: the same words again and again, or the same characters where no
    space divides words.

    Cheap enough to be asked while a model writes. Facts may have the same words for each of several people: so it
    takes `LOOP_TIMES` times in a row, and `LOOP_WORDS` words or `LOOP_CHARACTERS` characters in all.
    """
    words = text[-LOOP_LETTERS:].lower().split()
    return _goes_round(words, LOOP_WORDS) or (bool(words) and _goes_round(words[-1], LOOP_CHARACTERS))


def _goes_round(items: Sequence[str], fewest: int) -> bool:
    """Whether items end in some of them repeated, `LOOP_TIMES` times or more and at least so many in all."""
    for size in range(1, len(items) // LOOP_TIMES + 1):
        times = max(LOOP_TIMES, -(-fewest // size))
        end = items[-size * times :]
        if len(end) == size * times and end[size:] == end[:-size]:
            return True
    return False
