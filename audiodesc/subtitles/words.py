"""Words by which a bracket in subtitles tells a voice from a sound."""

from __future__ import annotations

import re

LANGUAGES = (
    "arabic|bengali|bulgarian|cantonese|chinese|croatian|czech|danish|dutch|english|farsi|filipino|finnish|flemish"
    "|french|gaelic|german|greek|hebrew|hindi|hungarian|icelandic|indonesian|irish|italian|japanese|korean|latin"
    "|malay|mandarin|native|norwegian|persian|polish|portuguese|punjabi|romanian|russian|serbian|slovak|spanish"
    "|swahili|swedish|tagalog|tamil|telugu|thai|turkish|ukrainian|urdu|vietnamese|welsh|xhosa|yiddish|zulu"
)
VOICES = re.compile(
    r"\b(?:speak|talk|convers|whisper|shout|yell|mumbl|mutter|murmur|announc|chatter|narrat|sing|repl(?:y|ies)|says?\b"
    r"|argu|quarrel|bicker|pray|recit|discuss|debat|lectur|preach|plead|stutter|stammer|babbl|gossip|commentat"
    r"|interview|voic|dialog|speech|language|foreign|indistinct|inaudible|unintelligible|cross-?talk"
    r"|(?:ask|read|call|order|answer|continu)(?:s|ing)?\b"
    r"|(?:on|over) (?:the |a )?(?:radio|tv|television|phone|telephone|speakers?|intercom|pa)\b"
    r"|(?-i:I)\b|(?:you|your|my|me|we|us|our)\b"
    rf"|{LANGUAGES}"
    r"|screen reader|automated|count(?:s|ing)\b|lists?\b|calls? out|instruct"
    r"|sprich|sprech|flüster|stimme|redet|ruft\b|sagt\b|gespräch|unterh[aä]lt|murmelt|durchsage"
    r"|parle|chuchot|chant|voix|dit\b|disent|récite|murmure|annonce"
    r"|habla|susurr|canta|voz|voces|dice|instruc|lector|convers|grita(?:r|ndo)? \w+ a\b"
    r"|parla|sussurr|voc[ei]\b|mormora|conversa"
    r"|fala|diz(?:endo)?\b|vozes|leitor|instruç|narra"
    r"|talar|pratar|viskar|röst|säger|snakker|hvisker|stemme|sier|taler|mówi|szepcz|głos|rozmow"
    r"|stem(?:men)?\b|spreekt|praat|fluister|zegt\b)",
    re.IGNORECASE,
)
"""Stems of words, in several languages, that say that a voice is heard; words of those who speak themselves ("[I love
you]" may translate what is said); and the names of languages."""

LATIN = re.compile(r"[a-zà-öø-ž]", re.IGNORECASE)
FOREIGN_SOUNDS = re.compile(
    "музык|смех|смеет|аплодис|гром|стук|вздыха|вздох|плач|звон|выстрел|взрыв|шум|μουσικ|γέλι|音楽|音乐|音樂|拍手|掌声|掌聲"
    "|笑い|笑声|笑聲|음악|웃음|박수|노크|천둥|선율|संगीत|हंसी|तालियां|موسيق|ضحك|تصفيق|מוזיקה|צחוק|ดนตรี|เพลง"
)
"""Words for sounds in other scripts. Of those too few voices' words are known to go by these."""

SOUNDS = re.compile(
    r"\b(?:laugh|chuckl|giggl|sigh|gasp|groan|moan|grunt|sob|cough|sneez|snor|sniff|pant|scream|cheer|applau|music"
    r"|thunder|bell|siren|gun|knock|bang|crash|thud|door|bark|footstep|engine|horn|alarm|static|silence|beep|click"
    r"|musik|gelächter|applaus|rires?\b|musique|música|risas|risate|musica)",
    re.IGNORECASE,
)
"""Stems of words for sounds, which tell "(Door slams)" from "(Come here)"."""
