"""Words by which a bracket in subtitles tells that a voice is heard."""

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
    r"|broadcast|news|radio(?! static)|television|tv\b|address(?:es|ing)\b|greet|swear|curs(?:es?|ing)\b"
    r"|rap(?:s|ping|per)?\b|heckl|clamou?r|exclaim|protest|commercial|advert|sermon|poem|rhyme|joke|joking|apologi"
    r"|thank|introduc|welcom|beg(?:s|ging)\b|scold|explain|command|repeat|respond|complain|insult|tease|teasing|vow"
    r"|toasts|songs?\b|choir|chorus|vocal(?:s|ist)|hymn|carol|anthem|opera\b|lyric"
    r"|screen reader|automated|count(?:s|ing)\b|lists?\b|calls? out|(?:cr(?:y|ies|ying)|scream(?:s|ing)?) out|instruct"
    r"|sprich|sprech|flüster|stimme|redet|ruft\b|sagt\b|gespräch|unterh[aä]lt|murmelt|durchsage"
    r"|parle|chuchot|chant|voix|dit\b|disent|récite|murmure|annonce"
    r"|habla|susurr|canta|voz|voces|dice|instruc|lector|convers|grita(?:r|ndo)? \w+ a\b"
    r"|parla|sussurr|voc[ei]\b|mormora|conversa"
    r"|fala|diz(?:endo)?\b|vozes|leitor|instruç|narra"
    r"|talar|pratar|viskar|röst|säger|snakker|hvisker|stemme|sier|taler|mówi|szepcz|głos|rozmow"
    r"|stem(?:men)?\b|spreekt|praat|fluister|zegt\b)"
    "|говор|разговор|голос|кричи|шепч|шепот|шёпот|по[её]т|диктор|радио|речь|новост|φων[έήο]|μιλ[άώ]|τραγουδ|ψιθυρ"
    "|話|歌|叫|囁|説|语|語|唱|说|喊|放送|广播|廣播|노래|목소리|외치|속삭|방송|대화|말하|يتحدث|يتكلم|يغن|أغنية|حديث|كلام|يهمس|يصرخ"
    "|מדבר|לוחש|שר(?:ה|ים)?\\b|צועק|बोल|बात|गान|गाती|गाता|चिल्ला|आवाज|พูด|ร้อง",
    re.IGNORECASE,
)
"""Stems of words, in several languages, that say that a voice is heard; words of those who speak themselves ("[I love
you]" may translate what is said); and the names of languages."""
