"""Bytes of unknown encoding become text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from subtitles.written import srt

from audiodesc.errors import InputError, ScriptError, SubtitleError, UsageError
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles.encodings import FAMILIES, Hint, guess, language_in_name, read_text

TEXTS = {
    "cs": (
        "cp1250 iso8859_2 cp852",
        "Dobrý den, pane doktore. Přišla jsem kvůli té zprávě.\n"
        "Posaďte se, prosím. Dáte si kávu nebo čaj?\n"
        "Víte, že ten dům už dlouho nikdo neobývá?\n"
        "Říkali mi, že tam v noci svítí světlo.",
    ),
    "pl": (
        "cp1250 iso8859_2 cp852",
        "Dzień dobry, panie doktorze.\n"
        "Przyszłam w sprawie tej wiadomości.\n"
        "[śmiech]\n"
        "Proszę usiąść. Napije się pan kawy?\n"
        "Wiesz, że ten dom od dawna jest pusty?\n"
        "Mówili mi, że w nocy świeci się światło.",
    ),
    "hu": (
        "cp1250 iso8859_2 cp852",
        "Jó napot, doktor úr.\n"
        "A levél miatt jöttem.\n"
        "Üljön le, kérem. Kér egy kávét?\n"
        "Tudja, hogy abban a házban régóta nem él senki?\n"
        "Azt mondták, éjjel fény ég benne. Őrült nők, szűk utcák.",
    ),
    "sk": (
        "cp1250 iso8859_2",
        "Dobrý deň, pán doktor.\n"
        "Prišla som kvôli tej správe.\n"
        "Sadnite si, prosím. Dáte si kávu alebo čaj?\n"
        "Viete, že v tom dome už dlho nikto nebýva?\n"
        "Ľudia vravia, že tam v noci svieti svetlo.",
    ),
    "hr": (
        "cp1250 iso8859_2",
        "Dobar dan, doktore.\n"
        "Došla sam zbog te poruke.\n"
        "Sjednite, molim vas. Želite li kavu ili čaj?\n"
        "Znate li da u toj kući već dugo nitko ne živi?\n"
        "Rekli su mi da noću tamo gori svjetlo. Đavo će znati.",
    ),
    "ro": (
        "cp1250 iso8859_2",
        "Bună ziua, domnule doctor.\n"
        "Am venit din cauza acelui mesaj.\n"
        "Luaţi loc, vă rog. Doriţi o cafea sau un ceai?\n"
        "Ştiţi că în casa aceea nu mai locuieşte nimeni de mult?\n"
        "Mi s-a spus că noaptea se vede lumină acolo.",
    ),
    "tr": (
        "cp1254 iso8859_9 cp857",
        "İyi günler, doktor bey.\n"
        "O mesaj yüzünden geldim.\n"
        "Lütfen oturun. Kahve mi çay mı içersiniz?\n"
        "O evde uzun zamandır kimsenin oturmadığını biliyor musunuz?\n"
        "Geceleri orada ışık yandığını söylediler.",
    ),
    "de": (
        "cp1252 iso8859_15 cp850 cp437",
        "Guten Tag, Herr Doktor.\n"
        "Ich bin wegen dieser Nachricht gekommen.\n"
        "Bitte setzen Sie sich. Möchten Sie Kaffee oder Tee?\n"
        "Wissen Sie, dass in dem Haus schon lange niemand wohnt?\n"
        "Man sagte mir, dass dort nachts Licht brennt. Über die Straße müssen wir schöne Grüße schicken.",
    ),
    "fr": (
        "cp1252 iso8859_15",
        "Bonjour, docteur.\n"
        "Je suis venue à cause de ce message.\n"
        "Asseyez-vous, je vous prie. Du café ou du thé ?\n"
        "Savez-vous que cette maison est abandonnée depuis longtemps ?\n"
        "On m’a dit que là-bas, la nuit, une lumière brûle. Ça va, garçon ?",
    ),
    "es": (
        "cp1252 iso8859_15",
        "Buenos días, doctor.\n"
        "He venido por ese mensaje.\n"
        "Siéntese, por favor. ¿Quiere café o té?\n"
        "¿Sabe que en esa casa no vive nadie desde hace años?\n"
        "Me dijeron que por la noche allí hay una luz. ¡Qué niño!",
    ),
    "pt": (
        "cp1252",
        "Bom dia, doutor.\n"
        "Vim por causa daquela mensagem.\n"
        "Sente-se, por favor. Quer café ou chá?\n"
        "Sabe que naquela casa não vive ninguém há muito tempo?\n"
        "Disseram-me que lá à noite há uma luz. Não são aviões.",
    ),
    "sv": (
        "cp1252",
        "God dag, doktorn.\n"
        "Jag kom på grund av meddelandet.\n"
        "Var så god och sitt. Vill ni ha kaffe eller te?\n"
        "Vet ni att ingen bott i det huset på länge?\n"
        "De sade att det lyser där på nätterna. Nästa år åker vi.",
    ),
    "da": (
        "cp1252",
        "Goddag, doktor.\n"
        "Jeg kom på grund af beskeden.\n"
        "Værsgo at sidde ned. Vil De have kaffe eller te?\n"
        "Ved De, at ingen har boet i det hus længe?\n"
        "De sagde, at der lyser om natten. På øen gør vi sådan.",
    ),
    "fi": (
        "cp1252",
        "Hyvää päivää, tohtori.\n"
        "Tulin sen viestin takia.\n"
        "Istukaa, olkaa hyvä. Haluatteko kahvia vai teetä?\n"
        "Tiedättekö, ettei siinä talossa ole asunut ketään pitkään aikaan?\n"
        "Minulle sanottiin, että siellä palaa yöllä valo.",
    ),
    "el": (
        "cp1253 iso8859_7 cp737",
        "Καλημέρα, γιατρέ.\n"
        "Ήρθα για εκείνο το μήνυμα.\n"
        "Καθίστε, παρακαλώ. Θέλετε καφέ ή τσάι;\n"
        "Ξέρετε ότι σε εκείνο το σπίτι δεν μένει κανείς εδώ και καιρό;\n"
        "Μου είπαν ότι τη νύχτα ανάβει ένα φως. Άλλο τίποτα;",
    ),
    "he": (
        "cp1255 iso8859_8 cp862",
        "שלום, דוקטור.\n"
        "באתי בגלל ההודעה הזאת.\n"
        "שב, בבקשה. קפה או תה?\n"
        "אתה יודע שבבית ההוא כבר מזמן לא גר איש?\n"
        "אמרו לי ששם בלילה דולק אור.",
    ),
    "ar": (
        "cp1256 iso8859_6",
        "صباح الخير يا دكتور.\n"
        "جئت بسبب تلك الرسالة.\n"
        "تفضل بالجلوس. هل تريد قهوة أم شايا؟\n"
        "هل تعلم أن ذلك البيت لا يسكنه أحد منذ زمن؟\n"
        "قالوا لي إن هناك ضوءا في الليل.",
    ),
    "th": (
        "cp874",
        "สวัสดีครับคุณหมอ\n"
        "ฉันมาเพราะข้อความนั้น\n"
        "เชิญนั่งครับ จะรับกาแฟหรือชา\n"
        "คุณรู้ไหมว่าบ้านหลังนั้นไม่มีใครอยู่มานานแล้ว\n"
        "เขาบอกว่าตอนกลางคืนมีแสงไฟ",
    ),
    "ko": (
        "cp949",
        "안녕하세요, 선생님.\n"
        "그 편지 때문에 왔어요.\n"
        "앉으세요. 커피 드릴까요, 차 드릴까요?\n"
        "그 집에 오랫동안 아무도 안 산 거 아세요?\n"
        "밤에는 불빛이 보인다고 하던데요.",
    ),
    "zh-Hant": (
        "big5",
        "醫生，您好。\n"
        "我是為了那封信來的。\n"
        "請坐，喝咖啡還是喝茶？\n"
        "你知道那間房子很久沒有人住了嗎？\n"
        "他們說晚上那裡有燈光。",
    ),
    "zh": (
        "gbk",
        "医生，您好。\n"
        "我是为了那封信来的。\n"
        "请坐，喝咖啡还是喝茶？\n"
        "你知道那间房子很久没有人住了吗？\n"
        "他们说晚上那里有灯光。",
    ),
    "ja": (
        "cp932 euc_jp",
        "先生、こんにちは。\n"
        "あの手紙のことで来ました。\n"
        "どうぞお座りください。コーヒーかお茶は？\n"
        "あの家には長い間誰も住んでいないのをご存知ですか？\n"
        "夜になると明かりが見えるそうです。",
    ),
    "ru": (
        "cp1251 koi8_r cp866 iso8859_5",
        "Здравствуйте, доктор.\n"
        "Я пришла из-за того письма.\n"
        "Садитесь, пожалуйста. Кофе или чай?\n"
        "Вы знаете, что в том доме давно никто не живёт?\n"
        "Мне сказали, что ночью там горит свет.",
    ),
    "uk": (
        "cp1251 koi8_u",
        "Добрий день, лікарю.\n"
        "Я прийшла через того листа.\n"
        "Сідайте, будь ласка. Кави чи чаю?\n"
        "Ви знаєте, що в тому будинку давно ніхто не живе?\n"
        "Мені казали, що вночі там горить світло. Її їжа.",
    ),
    "bg": (
        "cp1251",
        "Добър ден, докторе.\n"
        "Дойдох заради онова писмо.\n"
        "Седнете, моля. Кафе или чай?\n"
        "Знаете ли, че в онази къща отдавна никой не живее?\n"
        "Казаха ми, че нощем там свети.",
    ),
    "lt": (
        "cp1257 iso8859_13",
        "Laba diena, daktare.\n"
        "Atėjau dėl tos žinutės.\n"
        "Prašom sėstis. Kavos ar arbatos?\n"
        "Ar žinote, kad tame name jau seniai niekas negyvena?\n"
        "Man sakė, kad naktį ten dega šviesa. Šių žmonių ąžuolas įžūlus.",
    ),
    "lv": (
        "cp1257 iso8859_13",
        "Labdien, dakter.\n"
        "Es atnācu tās ziņas dēļ.\n"
        "Lūdzu, sēdieties. Kafiju vai tēju?\n"
        "Vai zināt, ka tajā mājā sen neviens nedzīvo?\n"
        "Man teica, ka naktī tur deg gaisma. Ķēniņš ģērbjas.",
    ),
    "et": (
        "cp1257 cp1252",
        "Tere päevast, doktor.\n"
        "Ma tulin selle sõnumi pärast.\n"
        "Istuge, palun. Kohvi või teed?\n"
        "Kas teate, et selles majas pole ammu keegi elanud?\n"
        "Mulle öeldi, et öösel põleb seal tuli. Üks öö jääb väheks.",
    ),
    "en": (
        "cp1252",
        "I’ve come about that letter, “doctor”.\n"
        "Please sit down – a café au lait?\n"
        "Nobody has lived in that house for ages…\n"
        "It’s naïve to think so.\n"
        "They said a light burns there at night.",
    ),
}
ENCODED = [(language, name) for language, (names, _) in TEXTS.items() for name in names.split()]


def cues_in_language(language: str) -> str:
    lines = TEXTS[language][1].split("\n")
    return srt(*((second * 5000, second * 5000 + 3000, line) for second, line in enumerate(lines)))


def in_language(folder: Path, language: str, encoding: str, name: str = "film.srt") -> tuple[Path, str]:
    """A file, and the text in it as far as the encoding has letters for it."""
    raw = cues_in_language(language).encode(encoding, "replace")
    path = folder / name
    path.write_bytes(raw)
    return path, raw.decode(encoding)


@pytest.mark.parametrize(("language", "encoding"), ENCODED)
def test_letters_are_right_and_the_guess_is_named(tmp_path: Path, language: str, encoding: str) -> None:
    path, text = in_language(tmp_path, language, encoding)
    found, guessed = read_text(path, SubtitleError)
    assert found == text
    assert guessed


@pytest.mark.parametrize("tag", ["cs", "cze", "cs-CZ"])
def test_the_language_in_a_files_name_decides_what_so_few_letters_do_not(tmp_path: Path, tag: str) -> None:
    text = srt((0, 1000, "Řeřicha."))
    path = tmp_path / f"film.{tag}.forced.srt"
    path.write_bytes(text.encode("cp1250"))
    assert read_text(path, SubtitleError)[0] == text


def test_a_wrong_language_in_the_name_does_not_garble(tmp_path: Path) -> None:
    for language, encoding, name in (("ru", "cp1251", "film.en.srt"), ("el", "cp1253", "film.it.srt")):
        path, text = in_language(tmp_path, language, encoding, name)
        assert read_text(path, SubtitleError)[0] == text


def test_the_language_of_the_films_sound_decides_between_equals() -> None:
    raw = "Řeřicha.".encode("cp1250")
    assert raw.decode(guess(raw, spoken="cs")) == "Řeřicha."
    assert guess("Здравствуйте, доктор.".encode("koi8-r"), spoken="en") == "koi8-r"


def test_what_the_user_names_is_taken(tmp_path: Path) -> None:
    path, _ = in_language(tmp_path, "cs", "cp1250")
    text, guessed = read_text(path, SubtitleError, Hint("koi8-r"))
    assert text == path.read_bytes().decode("koi8-r")
    assert guessed == ""


def test_unicode_stays_unicode_whatever_the_user_names(tmp_path: Path) -> None:
    path, text = in_language(tmp_path, "cs", "utf-8")
    assert read_text(path, SubtitleError, Hint("cp1252")) == (text, "")


@pytest.mark.parametrize("language", ["zh", "ja", "ru", "ko", "he", "en"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_unicode_without_a_mark_is_read_and_named(tmp_path: Path, language: str, encoding: str) -> None:
    path, text = in_language(tmp_path, language, encoding)
    assert read_text(path, SubtitleError) == (text, encoding.replace("-", "_"))


def test_utf_16_with_letters_whose_bytes_look_like_zeros_and_blanks(tmp_path: Path) -> None:
    text = srt((0, 1000, "一\u3000一个人\u2000\u0d0a"))
    path = tmp_path / "film.srt"
    path.write_bytes(text.encode("utf-16-le"))
    assert read_text(path, SubtitleError)[0] == text


def test_a_few_broken_letters_leave_utf_8_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "film.cs.srt"
    path.write_bytes(cues_in_language("cs").encode() + b"\xe1\n")
    text, guessed = read_text(path, SubtitleError)
    assert text == cues_in_language("cs") + "\ufffd\n"
    assert guessed == "damaged utf_8"


@pytest.mark.parametrize("newline", ["\r\r\n", "\r\r\r\n"])
def test_lines_that_were_ended_twice_end_once(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "film.srt"
    path.write_bytes(cues_in_language("en").replace("\n", newline).encode())
    assert read_text(path, SubtitleError)[0] == cues_in_language("en")


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("film.cs.srt", "cs"),
        ("film.pt-BR.sdh.srt", "pt-BR"),
        ("film.srt", ""),
        ("a.film.2019.srt", ""),
        ("film.forced.srt", ""),
    ],
)
def test_language_in_a_name(name: str, language: str) -> None:
    assert language_in_name(Path(name)) == language


def test_every_family_can_be_detected_and_decoded() -> None:
    for names in FAMILIES.values():
        assert all(b"a".decode(name) == "a" for name in names)


@pytest.mark.parametrize("name", ["cp1250", "Windows-1250", "latin-1", "mac_roman", "shift_jis"])
def test_an_encoding_may_be_named(name: str) -> None:
    assert DialogueSettings(encoding=name).encoding == name


@pytest.mark.parametrize("name", ["", "nonsense", "base64", "rot13", "unicode_escape", "idna", "a\0b"])
def test_what_is_no_encoding_of_texts_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no encoding"):
        DialogueSettings(encoding=name)


ASCII = "1\n00:00:01,000 --> 00:00:02,000\nHello there.\n"
WESTERN = {
    "French": "Où étais-tu, mon frère ? Ça va être la fête à l'hôtel, près du château. Voilà le problème.\n",
    "German": "Schöne Grüße aus Köln. Ich weiß nicht, was soll es bedeuten, daß ich so traurig bin. Über dir!\n",
    "Spanish": "¿Dónde está el niño? ¡Qué pena! Mañana será otro día, señor Núñez. ¿Cómo está usted?\n",
    "Italian": "Perché non è più qui? Così è la vita, però si può fare. La città è già lì, sarà felicità.\n",
    "Portuguese": "Não sei, amanhã é outro dia. Você está aí? A situação é difícil, irmão. Três corações.\n",
    "Swedish": "Jag är på väg hem till dig. Är du där? Öppna dörren åt mig, så får du äpplen på köpet.\n",
    "Danish": "Jeg er på vej hjem. Er du der? Åbn døren, så får du æbler og rødgrød med fløde på bordet.\n",
}
CHINESE = "你好，你今天过得怎么样？我很好，谢谢。我们去吃饭吧，时间不早了。\n"
RUSSIAN = "Привет, как дела? Всё хорошо, спасибо. Пойдём обедать, уже поздно.\n"
JAPANESE = "こんにちは、お元気ですか。今日はいい天気ですね。一緒に行きましょう。\n"


def as_file(folder: Path, content: bytes, name: str = "film.srt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(folder: Path, content: bytes) -> tuple[str, str]:
    return read_text(as_file(folder, content), SubtitleError)


def as_cues(text: str) -> str:
    """The text as a few subtitles, as it would stand in a file."""
    return "".join(f"{i}\n00:00:{i:02},000 --> 00:00:{i:02},900\n{text}\n" for i in range(1, 6))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [ASCII, CHINESE, RUSSIAN, *WESTERN.values()])
def test_unicode_is_read_without_a_guess(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, text.encode(encoding)) == (text, "")


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")])
def test_both_orders_of_bytes_are_read(tmp_path: Path, mark: bytes, encoding: str) -> None:
    assert read(tmp_path, mark + CHINESE.encode(encoding)) == (CHINESE, "")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ASCII, as_cues(WESTERN["French"])], ids=["ascii", "french"])
def test_utf_16_without_a_mark_is_read(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, text.encode(encoding))[0] == text


@pytest.mark.parametrize("language", WESTERN)
def test_western_text_of_windows_is_read(tmp_path: Path, language: str) -> None:
    text = as_cues(WESTERN[language])
    assert read(tmp_path, text.encode("cp1252"))[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(CHINESE, "gb2312"), (CHINESE, "gb18030"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis")],
)
def test_other_scripts_are_guessed(tmp_path: Path, text: str, encoding: str) -> None:
    read_as, guessed = read(tmp_path, as_cues(text).encode(encoding))
    assert read_as == as_cues(text)
    assert guessed


def test_a_guess_is_named_and_what_is_sure_is_not(tmp_path: Path) -> None:
    assert read(tmp_path, CHINESE.encode("gb2312"))[1] != ""
    assert read(tmp_path, CHINESE.encode())[1] == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_newlines_are_one(tmp_path: Path, encoding: str, newline: str) -> None:
    assert read(tmp_path, f"a{newline}{newline}b{newline}".encode(encoding)) == ("a\n\nb\n", "")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), min_size=1))
def test_any_text_in_utf_8_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    if text.encode().strip():
        assert read(tmp_path_factory.mktemp("text"), text.encode()) == (text, "")


def refusal(path: Path) -> str:
    """What is said of a file that is refused, "" for one that is read."""
    try:
        text, _ = read_text(path, SubtitleError)
    except SubtitleError as error:
        return str(error)
    return "" if "\r" not in text else "its newlines were left"


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_text_or_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = as_file(tmp_path_factory.mktemp("bytes"), content)
    said = refusal(path)
    assert said == "" or said.startswith(str(path))
    assert len(said.splitlines()) <= 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10" * 9, "is not a text file"),
        (b"\0" * 4_000, "is not a text file"),
        (bytes(range(256)) * 8, "is not a text file"),
    ],
)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, fault: str, kind: type[InputError]) -> None:
    path = as_file(tmp_path, content)
    with pytest.raises(kind) as caught:
        read_text(path, kind)
    assert caught.value.fault == f"{path} {fault}"
    assert caught.value.remedy


def test_a_missing_file_a_folder_and_a_dead_link_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "link.srt").symlink_to(tmp_path / "none.srt")
    for name, fault in (("none.srt", "does not exist"), ("link.srt", "does not exist"), ("", "is a folder")):
        with pytest.raises(SubtitleError) as caught:
            read_text(tmp_path / name, SubtitleError)
        assert str(caught.value).startswith(f"{tmp_path / name} {fault}")


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.srt"
    with path.open("wb") as file:
        file.truncate(60_000_000_000)
    with pytest.raises(SubtitleError, match="larger than 10 MB"):
        read_text(path, SubtitleError)


def test_a_path_that_the_system_refuses_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 300}.srt"  # longer than a name can be
    with pytest.raises(SubtitleError) as caught:
        read_text(path, SubtitleError)
    assert path.name in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = as_file(tmp_path, ASCII.encode())
    if os.geteuid():
        path.chmod(0)
    else:  # root may read everything

        def refuse(path: Path, largest: int) -> bytes:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("audiodesc.subtitles.encodings.read_whole", refuse)
    with pytest.raises(SubtitleError) as caught:
        read_text(path, SubtitleError)
    assert str(path) in str(caught.value)
