"""Words in subtitles that name sounds, voices, and advertisements, in several languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audiodesc.model import Cue

NOUNS = (
    r"music|melody|tunes?|fanfare|waltz|symphon\w*|orchestral|instrumental|percussion|drum ?roll|applause|laughter"
    r"|thunder(?:claps?)?|gun ?(?:shots?|fire)|explosions?|foot ?steps?|sirens?|static|silence|rain|wind|heart ?beats?"
    r"|hoof ?beats?"
    r"|guitar|piano|violins?|noises?|feedback|commotion|crickets|dial tone|sound effects?|bells"
    r"|(?:door|church|school) ?bell"
)
CRIES = (
    "laugh|chuckl|giggl|snicker|cackl|sigh|gasp|groan|moan|grunt|sob|whimper|weep|cr(?:y|i)|cough|sneez|snor|snort|sniff"
    "|sniffl|wheez|yawn|hiccup|belch|burp|gulp|scream|shriek|wail|cheer|applaud|clap|boo|hum|whistl|exhal|inhal"
    "|breath|bark|growl|howl|meow|purr|squawk|chirp|hoot|neigh|whinn|bleat|squeal|yelp|croak|buzz|hiss|quack"
    "|roar|trumpet"
)
NOISES = (
    "ring|slam|bang|crash|thud|thump|pound|knock|thunder|creak|squeak|screech|rattl|clatter|clang|clank|clink|jingl"
    "|tinkl|click|clack|tick|beep|chim|toll|honk|toot|blar|rumbl|rustl|whir|whirr|whoosh|swoosh|swish|splash|gurgl|bubbl"
    "|sizzl|crackl|crunch|shatter|explod|boom|patter|drip|flutter|scrap|scratch|clop|gallop|rev|sputter|vibrat|ding|dong"
)
FALLEN = (
    "slams?|thuds?|thumps?|crash|bang|knocks?|creaks?|squeaks?|clicks?|ticks?|beeps?|booms?|splash|clatter|buzz|screech"
)
UTTERED = (
    "laugh|chuckle|giggle|sigh|gasp|groan|moan|grunt|sob|whimper|cough|sneeze|snore|snort|sniffle|wheeze|yawn|hiccup"
    "|belch|burp|scream|shriek|bark|growl|howl|squawk|chirp|squeal|yelp|roar|rumble|whistle|applaud|cheer|weep|pant"
)
THINGS = (
    r"doors?|bells?|horns?|alarms?|jazz|harp|flute|accordion|trumpets?|gates?|windows?|drawers?|cars?|engines?|motors?|trains?|trucks?|planes?|(?:air|heli)\w+|phones?|telephones?"
    r"|(?:cell|tele)phones?|glass|dishes|water|waves|music|computer|band|orchestra|piano|guitar|violins?|organ|drums?"
    r"|laughter|applause|noise|elevator|lift|clock|keys|chains?|blocks?|machine(?:ry)?|tires|brakes|wood|leaves|branch|lock|vehicle|whistle|heart"
)
DONE = (
    "open|clos|shut|lock|unlock|start|stop|paus|pass|approach|break|smash|fall|drop|blow|run|play|swell|fad|continu|end"
    "|idl|skid|pour|flow|crack|turn|tumbl|grow|build|resum|begin|beat"
)
ENDS = (
    rf"(?=$|\s+(?:and|in|on|of|from|over|by|at|through|with|outside|nearby|\w+ly|(?:{DONE}|echo|reced|intensifi)\w+)\b)"
)

ENGLISH = re.compile(
    rf"\b(?:{NOUNS}){ENDS}"
    rf"|\b(?:{CRIES}|{NOISES})(?:i?e?s|(?:\w)?ing)\b"
    rf"|\b(?:{THINGS})\s+(?:\w+ly\s+)?(?:{DONE})(?:e?s|(?:\w)?ing)\b"
    rf"|\b(?:{UTTERED}|{FALLEN})$"
    r"|\b(?:typing|panting|choking|gagging|retching|snapping|throbbing)\b|^(?:pants|alarm)$"
    r"|\b(?:clears?|clearing) (?:his |her |their )?throats?\b|\b(?:blows?|blowing) (?:his |her )?nose\b"
    r"|\bbreath(?:es|ing) (?:heavily|deeply|hard)\b|\bvocali[sz]ing\b",
    re.IGNORECASE,
)
"""Nouns where the bracket ends, or goes on with what the sound does; cries and noises as they are made; and what
things do. A thing alone, or a bare verb before its object, may be an order ("Open the door", "Ring the bell")."""

FOREIGN = re.compile(
    r"\b(?:musi[kq]|músic|musica(?:l[ei])?\b|muziek|muzyk|hudb|melod|melôd|sinfoni|gelächter|lach(?:t|en|end|er)\b"
    r"|applaus|applåd|aplaus|bifall|beifall|seufz|stöhn|klopf(?:t|en)\b|(?:tür)?klingel(?:t|n)?\b|knall|sch(?:uss|üsse)\b"
    r"|donner\b|donnert|hust(?:et|en)\b|niest|schnarch|bellt\b|hup(?:t|en)\b|quietsch|knarr|rauscht?\b|piep|sirene"
    r"|glocken?\b|wein(?:t|en)\b|schluchz|jubel|pfeif|geräusch|lärm|stille\b|schritte\b|schreit?\b|schreie\b|rires?\b"
    r"|rit\b|rient\b|applaudisse?ments?\b|applaudit|soupir|sonnerie|coups? de feu|tonnerre|bruits?\b|cris\b|pleur"
    r"|sanglot|toux\b|tousse|ronfl|aboi|klaxon|sirène|cloche|claque|grince|siffle|gémi|halèt|détonation|vrombi|ricane"
    r"|grogn|risas?\b|ríen?\b|suspir|truen|disparo|golpes?\b|timbre\b|campan|llanto|llora|solloz|tos\b"
    r"|ladr(?:a|an|ido)|claxon|sirena|r[uú]ido|explosi[óo]n\b|portazo|jade[ao]|gemid|grit(?:o|os|an|am)\b|pitido"
    r"|zumbid|crujid|pasos\b|silbido|risat[ae]\b|ridono\b|sospir|tuon[oi]\b|spar[oi]\b|bussa|piang|singhiozz|tosse\b"
    r"|tossisc|abbai|clacson|rumor[ei]\b|esplosion|squill|cigol|fischi|passi\b|risos?\b|risadas?\b|trov(?:ão|ões)\b"
    r"|tiros?\b|chor[ao]\b|soluç|latid|buzina|barulho|explos(?:ão|ões)\b|rangid|passos\b|skratt|suckar|gråter|snyft"
    r"|knack(?:ar|ning)|skott\b|åska|skäll|hostar|latter\b|sukk|gelach\b|zucht|hoest|klopt\b|donder\b|blaft|lawaai"
    r"|geluid|śmiech|smiech|smích|potlesk|naur(?:ua|aa)\b|oklaski|westchn|wzdych|strzał|grzmot|kaszl|płacz|szczek|hałas|pukanie)"
    r"|türe?n? (?:knall|quietsch|schl|öffn)",
    re.IGNORECASE,
)
"""Stems of words for sounds in other languages of Latin script."""

SCRIPTS = re.compile(
    "музык|смех|смеет|аплодис|гром|стук|вздыха|вздох|плач|звон|выстрел|взрыв|шум|μουσικ|γέλι|音楽|音乐|音樂|拍手|掌声|掌聲"
    "|笑い|足音|着信音|銃声|歓声|ため息|ノック|笑声|笑聲|음악|웃음|박수|노크|천둥|선율|संगीत|हंसी|तालियां|موسيق|ضحك|تصفيق|מוזיקה|צחוק|ดนตรี|เพลง"
    r"|\bла(?:й|ет)\b|雷鳴|(?:[るいたの])音$"
    r"|רעש|מחיאות כפיים|תשואות|צלצול|דפיק|^[笑泣哭]$|^(?:喘息|咳嗽)[声聲]?$|[哭枪槍雷铃鈴][声聲]$|泣き声$|脚步声|腳步聲"
    "|(?:电话|電話|手机|手機|门铃|門鈴)(?:铃|鈴)?[响響]|(?:叹|嘆|歎)[气氣息]|欢呼|歡呼"
    "|벨 ?소리|발소리|초인종|총성|한숨|기침|울음",
    re.IGNORECASE,
)
"""Words for sounds in other scripts."""

SAYING = re.compile(
    r"\b(?:is|are|am|was|were|be|been|has|have|had|do|does|did|will|would|shall|should|can|could|may|might|must|not"
    r"|never|yes|please|let|lets|stop|quit|keep|wait|come|go|get|got|give|take|make|put|turn|look|listen|hear|see|know"
    r"|think|want|need|love|hate|tell|help|kill|leave|(?<![sg] )(?:open|close|shut)"
    r"|start|play|where|who|what|why|how|if|because|but"
    r"|now|here|this|that|these|those|they|them|him|it|nobody|everybody|everyone|nothing|too|okay|ok|sir|hello|goodbye"
    r"|ne|non|kein|(?<!de )pas|est|sont|está|están|hay|ist|sind|hat|haben|nicht|sei|siamo|são|não|sono"
    r"|ich|wir|du|hör\w*|je|tu|nous|vous|écout\w*|arrêt\w*|escuch\w*|ascolt\w*)\b"
    r"|[’'](?:re|m|ll|ve|d|t)\b|\b(?:he|she|that|there)[’']s\b|^no\b|^cheers$|\bno (?:more|one)\b"
    r"|^(?!the\b|\w+(?:s|ing)\b)[a-z]+ (?:the|your|a|an|up|out|off|down|for) ",
    re.IGNORECASE,
)
"""Words of sentences, and an order: a verb and its object ("Stop the music", "Ring the bell")."""

MOST_WORDS = 7


def is_sound(words: str) -> bool:
    """Whether these few words name a sound and are no sentence."""
    words = " ".join(words.split())
    named = ENGLISH.search(words) or FOREIGN.search(words) or SCRIPTS.search(words)
    return bool(named) and words.count(" ") < MOST_WORDS and not SAYING.search(words)


LANGUAGE_NAMES = (
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
    rf"|{LANGUAGE_NAMES}"
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
    "|(?<!電)話|歌|叫|囁|説|语|語|唱|说|喊|放送|广播|廣播|노래|목소리|외치|속삭|방송|대화|말하|يتحدث|يتكلم|يغن|أغنية|حديث|كلام|يهمس|يصرخ"
    "|מדבר|לוחש|שר(?:ה|ים)?\\b|צועק|बोल|बात|गान|गाती|गाता|चिल्ला|आवाज|พูด|ร้อง",
    re.IGNORECASE,
)
"""Stems of words, in several languages, that stand for a voice; words of the speakers themselves ("[I love
you]" may translate what is said); and the names of languages."""

SITE = re.compile(
    r"https?://|\bwww\s?\.\s?\w|\b[a-z0-9][a-z0-9-]{1,40}(?:\.|\s\.\s?)(?:com|org|net|tv|info|ru|eu|to|io|me|co\.uk|de|fr|nl|pl|cz|mx|ag|lt)\b",
    re.IGNORECASE,
)
MADE_BY = re.compile(
    r"open\s?subtitles|addic7ed|subscene|podnapisi|yify|amara\.org|\bvip member|remove all ads|advertise your product"
    r"|\b(?:subtitles?|subs|captions?|captioning|captioned|sync(?:ed|hronized)?|corrected|corrections|encoded|ripped"
    r"|translat(?:ed|ion)|transcript|timing)\b[\w ,&:/-]{0,40}\bby\b"
    r"|\buntertitel(?:ung)?\b[\w ,:]{0,30}\b(?:von|im auftrag)\b|\bsous-titr\w+\b[\w ,:]{0,30}\b(?:par|de)\b"
    r"|\bsubt[íi]tulos?\b[\w ,:]{0,30}\b(?:por|de)\b|\blegendas?\b[\w ,:]{0,20}\b(?:por|de)\b"
    r"|\bsottotitoli\b[\w ,:]{0,30}\b(?:di|da|a cura)\b|\bnapisy\b[\w ,:]{0,30}|\btitulky\b[\w ,:]{0,30}",
    re.IGNORECASE,
)
AT_THE_ENDS = 3
"""So many cues at both ends of a file may name who made it."""


def adverts(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, in order of time, that name a web site, or at both ends of the file those who made it. Somebody may
    speak in them all the same."""
    ends = {*cues[:AT_THE_ENDS], *cues[-AT_THE_ENDS:]}
    return [cue for cue in cues if SITE.search(cue.text) or (cue in ends and MADE_BY.search(cue.text))]
