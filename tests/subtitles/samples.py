"""A small file of every format, with something of each of its features."""

from __future__ import annotations

from line21 import CR, EDM, RDC, ROW_14, ROW_15, RU2, cc, cc_text
from subtitles.written import WRITERS, stl, stl_block, stl_code, stl_head

CUES = (
    (1_000, 3_000, "MARY: Hello."),
    (4_000, 6_000, "[door slams]"),
    (7_000, 9_000, "♪ la la ♪"),
    (10_000, 12_000, "- Who is there?\n- Me."),
)
PLAIN = tuple((start, end, text.replace("♪", "#")) for start, end, text in CUES)

FULL_VTT = """WEBVTT - a film
Kind: captions
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000

STYLE
::cue(v) { color: red }

REGION
id:fred
width:40%

NOTE one line

intro
00:01.000 --> 00:02.000 align:start position:10%,line-left line:-1 size:50% region:fred
Hello &amp; <c.red>good</c> bye

00:00:03.000 --> 00:00:04.000
<v Anna Maria>Hi <00:00:03.500><i>you</i></v>
<v.loud Bob>Yes.
"""
FULL_ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour
Style: Default,Arial,20,&H00FFFFFF
Style: Signs,Arial,20,&H00FFFFFF

[Fonts]
fontname: a.ttf
!!!!"####$$$$

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a remark
Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,{\i1}Yes{\i0},\Nno, well
Dialogue: 0,0:00:03.00,0:00:04.00,Signs,,0,0,0,,{\pos(1,2)}CAFE
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\p1}m 0 0 l 9 9{\p0}
Dialogue: 0,0:00:07.00,0:00:08.00,OP,,0,0,0,Karaoke,{\k20}la {\k30}la
"""
FULL_TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
 xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="en"
 ttp:frameRate="25" ttp:tickRate="1000" ttp:timeBase="media">
<tt:head><tt:metadata><ttm:agent xml:id="a1" type="person"><ttm:name type="full">Mary</ttm:name></ttm:agent>
</tt:metadata><tt:styling><tt:style xml:id="s1" tts:color="white"/></tt:styling>
<tt:layout><tt:region xml:id="r1" tts:origin="0% 80%"/></tt:layout></tt:head>
<tt:body begin="1s"><tt:div region="r1">
<tt:p ttm:agent="a1" begin="00:00:01.000" end="00:00:02.000" style="s1">Hello<tt:br/>you &amp; me</tt:p>
<tt:p begin="00:00:03:05" dur="2s"><tt:span tts:color="red" begin="500ms">There</tt:span> <tt:span>is</tt:span></tt:p>
<tt:p ttm:role="sound" begin="7000t" end="8000t">[door]</tt:p>
</tt:div><tt:div timeContainer="seq"><tt:p dur="1s">One</tt:p><tt:p dur="1s">Two</tt:p></tt:div></tt:body></tt:tt>
"""
ROLL_UP = "\n\n".join(
    [
        "Scenarist_SCC V1.0",
        f"00:00:01;00\t{' '.join(cc(RU2, CR, ROW_15) + cc_text('>> FIRST LINE'))}",
        f"00:00:03;00\t{' '.join(cc(RU2, CR, ROW_15) + cc_text('SECOND LINE'))}",
        f"00:00:05;00\t{' '.join(cc(EDM))}",
    ]
)
PAINT_ON = "\n\n".join(
    [
        "Scenarist_SCC V1.0",
        f"00:00:01:00\t{' '.join(cc(RDC, ROW_14) + cc_text('FIRST ') + cc_text('LINE'))}",
        f"00:00:03:00\t{' '.join(cc(RDC, ROW_15) + cc_text('SECOND LINE'))}",
        f"00:00:05:00\t{' '.join(cc(EDM))}",
    ]
)
TELETEXT = stl_head(dsc="1", tcp="10000000") + b"".join(
    [
        stl_block(0, stl_code(36_001_000, 25), stl_code(36_003_000, 25), b"\x0d\x06\x0b\x0bHello\x0a\x0a\x8a\x8aThere"),
        stl_block(1, stl_code(36_004_000, 25), stl_code(36_006_000, 25), b"\x80One\x81", cumulative=1),
        stl_block(1, stl_code(36_005_000, 25), stl_code(36_006_000, 25), b"Two", cumulative=3),
        stl_block(2, stl_code(36_007_000, 25), stl_code(36_008_000, 25), b"a remark", comment=1),
        stl_block(3, stl_code(36_009_000, 25), stl_code(36_010_000, 25), b"A long", extension=0),
        stl_block(3, stl_code(36_009_000, 25), stl_code(36_010_000, 25), b" one"),
    ]
)
SAMPLES: dict[str, bytes] = {
    **{name: write(*(PLAIN if name in ("stl", "scc") else CUES)) for name, write in WRITERS.items()},
    "webvtt, full": FULL_VTT.encode(),
    "ass, full": FULL_ASS.encode(),
    "ttml, full": FULL_TTML.encode(),
    "scc, roll-up": ROLL_UP.encode(),
    "scc, paint-on": PAINT_ON.encode(),
    "stl, teletext": TELETEXT,
    "stl, 30": stl(*PLAIN, fps=30, dfc="STL30.01"),
    "srt, utf-16": WRITERS["srt"](*CUES).decode().encode("utf-16"),
    "srt, cp1252": "1\n00:00:01,000 --> 00:00:02,000\nOù étais-tu, mon frère ?\n".encode("cp1252"),
}
