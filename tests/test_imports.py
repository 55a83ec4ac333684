"""Imports go one way, and heavy packages are loaded on first use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent / "audiodesc"
LAYERS = [
    {"errors", "model"},
    {"core"},
    {"settings"},
    {"presets"},
    {"media"},
    {"speak"},
    {"describers"},
    {"subtitles"},
    {"scripts"},
    {"mix"},
    {"planning"},
    {"dialogue"},
    {"narration"},
    {"recordings"},
    {"judge"},
    {"report"},
    {"inspection"},
    {"deliver"},
    {"project"},
    {"pipeline"},
    {"alignment"},
    {"footage"},
    {"captions"},
    {"search"},
    {"questions"},
    {"evaluation"},
    {"review"},
    {"batch"},
    {"cluster"},
    {"watching"},
    {"service"},
    {"cli"},
    {"__init__", "__main__"},
]
HEAVY = {
    "torch",
    "transformers",
    "TTS",
    "cv2",
    "av",
    "rapidocr",
    "onnxruntime",
    "numpy",
    "soxr",
    "pysubs2",
    "chardet",
    "webvtt",
    "lxml",
    "ttconv",
    "pydub",
    "rich",
    "openai",
    "opensearchpy",
    "huggingface_hub",
    "safetensors",
    "qwen_vl_utils",
    "json_repair",
    "py3langid",
    "jinja2",
    "docx",
    "openpyxl",
    "rtfunicode",
    "fastapi",
    "uvicorn",
    "sacrebleu",
    "rouge_score",
    "nltk",
    "sse_starlette",
    "sentence_transformers",
    "sqlite_vec",
    "prometheus_client",
    "watchfiles",
    "ray",
    "fsspec",
}


def imported(path: Path) -> set[str]:
    """The rooms of the package that a module imports, at the top or on first use, types aside."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "audiodesc":
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return names


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_every_module_has_a_layer() -> None:
    assert {room(path) for path in ROOT.rglob("*.py")} == set.union(*LAYERS)


def test_imports_go_one_way() -> None:
    layer = {name: i for i, names in enumerate(LAYERS) for name in names}
    sideways = [
        (str(path.relative_to(ROOT)), name)
        for path in ROOT.rglob("*.py")
        for name in imported(path)
        if name != room(path) and layer[name] >= layer[room(path)] and room(path) not in ("__init__", "__main__")
    ]
    assert sideways == []


def test_the_package_and_its_help_load_nothing_heavy() -> None:
    code = (
        "import sys, audiodesc, audiodesc.cli\n"
        "from typer.main import get_command\n"
        "get_command(audiodesc.cli.app)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
