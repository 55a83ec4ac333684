"""Every choice of a run, once: name, type, range, default, option and help. The defaults are those of the craft."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from annotated_types import Interval

from audiodesc.core.choices import Choice, Group, check
from audiodesc.core.encodings import is_encoding
from audiodesc.core.part import EXAMPLE, is_time
from audiodesc.core.timecode import is_code, timecode
from audiodesc.errors import UsageError

Doubting = Literal["off", "mark", "strict"]
Density = Literal["sparse", "normal", "full"]
LoudnessName = Literal["source", "r128", "a85", "streaming"]
StyleProfile = Literal["plain", "itc", "dcmp", "netflix"]
TimecodeRate = Literal["23.976", "24", "25", "29.97", "29.97df", "30", "47.952", "48", "50", "59.94", "59.94df", "60"]
StopSound = Literal["ambience", "hold", "silence"]
TrackFormat = Literal["m4a", "flac", "wav"]
Depth = Annotated[float, Interval(ge=-60, le=0)] | Literal["usual", "auto"]
"""A depth in dB; "usual": 9 dB, and further where the ratio asks for it; "auto": only what the ratio asks for."""

# fmt: off


@dataclass(frozen=True, slots=True)
class DialogueSettings(Group):
    """When people speak: which subtitles and which sound track are used, and how the one is held against the other."""

    title: ClassVar[str] = "Dialogue"

    subs: Annotated[bool, Choice("--no-subs",
        "Use no subtitles: the dialogue is the speech that is detected in the sound.")] = True
    subs_track: Annotated[int | str | None, Choice("--subs-track N|LANG",
        "Which subtitles inside the film, see `tracks`. Default: "
        "those in the language of its sound, or --lang.")] = None
    encoding: Annotated[str | None, Choice("--encoding NAME",
        "Of subtitles or a script not in Unicode: cp1250, koi8-r … Default: a guess.")] = None
    audio_track: Annotated[int | str | None, Choice("--audio-track N|N+N|LANG",
        "Which sound track, see `tracks`; 1+2: two mono tracks as left and right. Default: the film's own.")] = None
    hear: Annotated[bool, Choice("--no-hear", "Do not listen for speech: believe the subtitles alone.")] = True
    shift_s: Annotated[float, Interval(ge=-86_400, le=86_400), Choice("--shift SECONDS",
        "Move the subtitles by so much; -2.4 is earlier.")] = 0.0
    sync: Annotated[bool, Choice("--sync",
        "Move subtitles that are late or early to the speech that is heard.")] = False
    trust_subs: Annotated[bool, Choice("--trust-subs",
        "Use subtitles that do not match the speech that is heard, as they are.", reported=False)] = False
    protect_lyrics: Annotated[bool, Choice("--protect-lyrics", "Never speak over songs that have subtitles.")] = False
    protect_sounds: Annotated[bool, Choice("--protect-sounds", "Never speak over sounds that have subtitles.")] = False

    def __post_init__(self) -> None:
        check(self)
        if self.encoding is not None and not is_encoding(self.encoding):
            raise UsageError(f"no encoding is called {self.encoding!r}", "name one such as cp1250, koi8-r or big5")
        if not self.subs and not self.hear:
            raise UsageError("nothing would tell when people speak", "leave out --no-subs or --no-hear")
        if not self.subs and self.subs_track is not None:
            raise UsageError("subtitles are chosen, and none are to be used", "leave out --subs-track or --no-subs")
        if self.sync and not self.hear:
            raise UsageError("subtitles cannot be moved to speech that is not heard", "leave out --sync or --no-hear")


@dataclass(frozen=True, slots=True)
class PlanSettings(Group):
    """Where a narrator speaks, and how often. Margin and shortest pause are those in use at Microsoft."""

    title: ClassVar[str] = "Pauses"

    margin_ms: Annotated[int, Interval(ge=0, le=10_000), Choice("--margin MS",
        "Silence kept before and after dialogue.")] = 150
    shortest_ms: Annotated[int, Interval(ge=300, le=60_000), Choice("--shortest MS",
        "The shortest pause that is used.")] = 1_200
    density: Annotated[Density, Choice("--density",
        "How often the narrator speaks; normal is 3 to 7 lines a minute, full speaks also where, without "
        "subtitles, it is not certain that nobody else does.")] = "normal"


@dataclass(frozen=True, slots=True)
class DescriberSettings(Group):
    """What looks at the picture and writes the lines, and what it is given beside the film."""

    title: ClassVar[str] = "Describer"

    name: Annotated[str | None, Choice("--describer NAME|FILE",
        "Who looks: a name, see `describers`, or a profile. Default, or auto: the best there is.")] = None
    server: Annotated[str | None, Choice("--server URL",
        "An OpenAI-compatible server (vLLM, Ollama, a cloud …).", reported=False)] = None
    model: Annotated[str | None, Choice("--model NAME|FOLDER",
        "The server's model; or one to run here, by name or folder.")] = None
    writer_model: Annotated[str | None, Choice("--writer-model NAME",
        "Another model, which writes the lines from what was seen.")] = None
    writer_server: Annotated[str | None, Choice("--writer-server URL",
        "An OpenAI-compatible server whose model writes the lines.", reported=False)] = None
    parallel: Annotated[int, Interval(ge=1), Choice("--parallel N", "Requests to the server at a time.")] = 4
    failed_share: Annotated[float, Interval(ge=0, le=1), Choice("--failed-share SHARE",
        "The run ends where a larger share of the looks, or of the lines, gets no answer.")] = 0.25
    doubt: Annotated[Doubting, Choice("--doubt",
        "mark: what a line says and was not seen is reported as doubtful; strict: a line that says nothing else is "
        "not spoken.")] = "mark"
    second_look: Annotated[int, Interval(ge=0, le=1000), Choice("--second-look N",
        "A model looks again, at fewer and other frames, at one place in N (0: at none); costs one answer each.")] = 0
    video: Annotated[Literal["auto", "yes", "no"], Choice("--video",
        "Send the server one video a clip, or pictures. auto: video if it takes that.")] = "auto"
    serve: Annotated[bool, Choice("--serve",
        "Start vllm or sglang here for the model, and end it with the run.", reported=False)] = False
    local_server: Annotated[bool, Choice("--no-local-server",
        "Do not take a server that runs on this machine unless it is named.", reported=False)] = True
    cast: Annotated[str | None, Choice("--cast FILE", "TOML: the people's names, looks and portraits.")] = None
    context: Annotated[str, Choice("--context TEXT", "Anything the describer should know.")] = ""


@dataclass(frozen=True, slots=True)
class VoiceSettings(Group):
    """Who speaks, in which language, and how fast. `language` is a BCP 47 tag; None for the voice's, else the film's
    own, else English."""

    title: ClassVar[str] = "Voice"

    name: Annotated[str | None, Choice("--voice NAME|FILE",
        "Who speaks; see `voices`. Default, or auto: one for the language.")] = None
    language: Annotated[str | None, Choice("--lang TAG", "Language of the description: en, de, fr-CA …")] = None
    lexicon: Annotated[str | None, Choice("--lexicon FILE", "TOML: how names are spoken (Siobhan = shiv-awn).")] = None
    fastest: Annotated[float, Interval(ge=1, le=2), Choice("--fastest TIMES",
        "How much faster than natural the voice may speak, 1 to 2 times.")] = 1.15


@dataclass(frozen=True, slots=True)
class Ducking(Group):
    """How the film goes down under a line. Both ramps are straight in dB, and as long as in DAPT's example (0.3 s).

    `depth_db` is reached `down_ms` after the film begins to go down, `ahead_ms` before the line begins; `up_ms` from
    the line's end back to 0 dB. A number stands, whatever the narrator needs; with "auto" the film goes down as far as
    the narrator needs to stand `ratio_lu` above it, `cap_db` at most; with "usual" by that or 9 dB, whichever is more.
    """

    title: ClassVar[str] = "Sound"

    depth_db: Annotated[Depth, Choice("--duck DB|auto",
        "How far the film goes down under a line; auto: "
        "as far as needed. Default: -9, and further where needed.")] = "usual"
    down_ms: Annotated[int, Interval(ge=1, le=10_000), Choice("--duck-down MS",
        "How long the film takes to go down.")] = 300
    up_ms: Annotated[int, Interval(ge=1, le=10_000), Choice("--duck-up MS",
        "How long the film takes to come up.")] = 500
    ahead_ms: Annotated[int, Interval(ge=0, le=10_000), Choice("--duck-ahead MS",
        "How long before a line the film is already down.")] = 0
    hold_ms: Annotated[int, Interval(ge=0, le=10_000), Choice("--duck-hold MS",
        "The film stays down between lines that are no further apart than this.")] = 1_000
    ratio_lu: Annotated[float, Interval(ge=-20, le=40), Choice("--duck-ratio LU",
        "How far the narrator is to stand above the film, without a fixed --duck.")] = 7.0
    cap_db: Annotated[float, Interval(ge=-60, le=0), Choice("--duck-cap DB",
        "How far the film goes down at most, without a fixed --duck.")] = -24.0


@dataclass(frozen=True, slots=True)
class SoundSettings(Group):
    """The mix. `pan` is the narrator's place, -1 (left) to 1 (right); without `downmix` the film's channels stay."""

    title: ClassVar[str] = "Sound"

    loudness: Annotated[LoudnessName, Choice("--loudness",
        "How loud the mix is: as the film came in, -23 LUFS, -24 LKFS, or the dialogue at -27 LKFS.")] = "source"
    ducking: Ducking = field(default_factory=Ducking)
    pan: Annotated[float, Interval(ge=-1, le=1), Choice("--pan PLACE",
        "The narrator's place, from -1 (left) to 1 (right).")] = 0.0
    downmix: Annotated[Literal["stereo"] | None, Choice("--downmix", "Mix in stereo, whatever the film has.")] = None


@dataclass(frozen=True, slots=True)
class DeliverSettings(Group):
    """The files that are written. The word length (`bits`) is that of a lossless track.

    `also` are names of deliverables that are made though they are not by default; script formats are among them.
    """

    title: ClassVar[str] = "Results"

    also: Annotated[tuple[str, ...], Choice("--deliver NAME",
        "Make this too: a script format (docx, xlsx, csv, dapt, transcript …), mp4, mkv, lines, wav-regions, edl, "
        "otio, aaf, reaper, audition, protools, or one of a plug-in; can be repeated.", reported=False)] = ()
    track: Annotated[TrackFormat, Choice("--track", "The mixed track; m4a is AAC.")] = "m4a"
    bits: Annotated[Literal[24, 16], Choice("--bits", "Word length of flac and wav.")] = 24
    credit: Annotated[str, Choice("--credit TEXT",
        "A closing credit, spoken and shown at the film's end where there is room after the last line.")] = ""
    stems: Annotated[bool, Choice("--stems", "Write the ducked film without the narrator too.")] = False
    timecode_start: Annotated[str | None, Choice("--timecode-start HH:MM:SS:FF",
        "The timecode of the film's first frame. Default: the film's own, or none.")] = None
    timecode_rate: Annotated[TimecodeRate | None, Choice("--timecode-rate",
        "Frames a second of the timecode; df is drop-frame. Default: the film's.")] = None

    def __post_init__(self) -> None:
        check(self)
        if self.timecode_start is not None and self.timecode_rate is not None:
            try:
                timecode(self.timecode_rate, self.timecode_start)
            except ValueError as error:
                raise UsageError(f"no film can start so: {error}", "give the start as 01:00:00:00") from error
        elif self.timecode_start is not None and not is_code(self.timecode_start):
            raise UsageError(f"{self.timecode_start!r:.60} is no timecode", "give the start as 01:00:00:00")


@dataclass(frozen=True, slots=True)
class StopSettings(Group):
    """Extended description (WCAG 1.2.7): the film stops for what its pauses have no room for."""

    title: ClassVar[str] = "Extended description"

    extended: Annotated[bool, Choice("--extended",
        "The film stops for lines that are longer than their pauses.")] = False
    extended_most_s: Annotated[float, Interval(ge=0.5, le=120), Choice("--extended-most SECONDS",
        "The longest that the film stops for a line.", needs="extended")] = 15.0
    extended_sound: Annotated[StopSound, Choice("--extended-sound",
        "The film's sound while it stops: its last seconds go on (ambience) or die away (hold), "
        "or there is silence.", needs="extended")] = "ambience"
    extended_form: Annotated[Literal["vfr", "cfr"], Choice("--extended-form",
        "vfr: the picture is copied, and its last frame stands. cfr: the picture is encoded again at a constant frame "
        "rate, for editors and devices that need one.", needs="extended")] = "vfr"
    extended_film: Annotated[bool, Choice("--no-extended-film",
        "Write no film and no sound: only the script, also for players that stop a film by themselves.")] = True


@dataclass(frozen=True, slots=True)
class RunSettings(Group):
    """What the run may do. `strict`: StrictError is raised after all is written; `force`: a copy is kept of each file
    that is replaced."""

    title: ClassVar[str] = "Run"
    in_report: ClassVar[bool] = False

    yes: Annotated[bool, Choice("--yes", "Fetch a model that is not on this disk without asking.")] = False
    offline: Annotated[bool, Choice("--offline", "Fetch nothing.")] = False
    strict: Annotated[bool, Choice("--strict", "End with code 7 if a line is left out, or none is spoken.")] = False
    force: Annotated[bool, Choice("--force",
        "Replace files in DIR that are not audiodesc's or were changed; copies are kept.")] = False
    author: Annotated[str | None, Choice("--author NAME",
        "Who edits, for the history. Default: your login name.")] = None
    keep_all: Annotated[bool, Choice("--keep-all",
        "Renew no line that is there; write only where none is.")] = False
    renew: Annotated[tuple[str, ...], Choice("--renew ID",
        "Have this line written anew though a person edited it; can be repeated.")] = ()
    merge: Annotated[bool, Choice("--merge", "When a script is read, keep the lines that it lacks.")] = False
    replace: Annotated[bool, Choice("--replace",
        "When a script is read, take it as it is, in place of all edits; a copy of these is kept.")] = False
    part_from: Annotated[str | None, Choice("--from TIME",
        "Only the part of the film from here on: 10:00, 1:02:03.5, or timecode 01:10:00:00.")] = None
    part_to: Annotated[str | None, Choice("--to TIME", "Only the part of the film up to here.")] = None

    def __post_init__(self) -> None:
        check(self)
        if self.yes and self.offline:
            raise UsageError("models are to be fetched, and nothing is", "leave out --yes or --offline")
        if self.merge and self.replace:
            raise UsageError("--merge and --replace at once", "choose one of them")
        for option, time in (("--from", self.part_from), ("--to", self.part_to)):
            if time is not None and not is_time(time):
                raise UsageError(f"{option} is {time!r:.60}", EXAMPLE)


@dataclass(frozen=True, slots=True)
class CheckSettings(Group):
    """How strictly a script is judged. 160 to 180 words a minute are usual, 200 the most; a pause of less than about 2
    s may be unusable (WCAG)."""

    title: ClassVar[str] = "Rules"
    in_report: ClassVar[bool] = False

    profile: Annotated[StyleProfile, Choice("--profile", "Rules of style.")] = "plain"
    disable: Annotated[tuple[str, ...], Choice("--disable RULE", "Leave out a rule.")] = ()
    enable: Annotated[tuple[str, ...], Choice("--enable RULE", "Judge by a rule.")] = ()
    fastest_wpm: Annotated[int, Interval(ge=60, le=400), Choice("--fastest-wpm N",
        "The most words a minute that a listener is asked to follow.")] = 200
    usable_ms: Annotated[int, Interval(ge=300, le=60_000), Choice("--usable MS",
        "The shortest pause that should not be empty.")] = 2_000
    silent_min: Annotated[float, Interval(ge=0.1, le=600), Choice("--silent MINUTES",
        "The longest time without a line.")] = 2.0
    picture: Annotated[bool, Choice("--no-picture",
        "Do not look for the film's cuts: quicker, and empty pauses go unjudged.")] = True


@dataclass(frozen=True, slots=True)
class Settings(Group):
    """All choices of a run, in groups. Each stage takes its own.

    `options` are those of backends from other packages, by the backend's name.
    A value of another type, or out of range, is a UsageError that names the field.
    """

    dialogue: DialogueSettings = field(default_factory=DialogueSettings)
    plan: PlanSettings = field(default_factory=PlanSettings)
    describer: DescriberSettings = field(default_factory=DescriberSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    sound: SoundSettings = field(default_factory=SoundSettings)
    deliver: DeliverSettings = field(default_factory=DeliverSettings)
    stops: StopSettings = field(default_factory=StopSettings)
    run: RunSettings = field(default_factory=RunSettings)
    check: CheckSettings = field(default_factory=CheckSettings)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
