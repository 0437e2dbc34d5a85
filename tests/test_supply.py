"""What the project is made of: the lowest declared releases, and no code that data can become."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for folder in ("ser_live", "training", "examples", "benchmarks", "docs")
    for path in (ROOT / folder).rglob("*.py")
)

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "jsonpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}


def _dotted(node: ast.expr) -> str:
    """Return `a.b` of a name or an attribute; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _faults(tree: ast.AST) -> list[str]:
    """Return each place at which data could become code."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"imports {name}" for name in names if name.split(".")[0] in FORBIDDEN_MODULES]
        if not isinstance(node, ast.Call):
            continue
        called = _dotted(node.func)
        given = {word.arg: word.value for word in node.keywords}
        if called in FORBIDDEN_CALLS or (called == "compile" and not isinstance(node.func, ast.Attribute)):
            found.append(f"calls {called}")
        if "shell" in given and not (isinstance(given["shell"], ast.Constant) and given["shell"].value is False):
            found.append("calls with a shell")
        if called == "torch.load":
            only = given.get("weights_only")
            if not (isinstance(only, ast.Constant) and only.value is True):
                found.append("torch.load without weights_only=True")
        allowed = given.get("allow_pickle")
        if allowed is not None and not (isinstance(allowed, ast.Constant) and allowed.value is False):
            found.append("allow_pickle")
        if called.split(".")[-1] in ("unsafe_load", "full_load") or called == "yaml.load":
            found.append(f"calls {called}")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_source_makes_code_of_data(path: Path) -> None:
    assert _faults(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib.externals import x",
        "eval('1')",
        "exec(text)",
        "compile(text, 'a', 'exec')",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=asked)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text)",
    ],
)
def test_what_makes_code_of_data_is_found(code: str) -> None:
    assert len(_faults(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    ["model.eval()", "re.compile('a')", "torch.load(p, weights_only=True)", "np.load(p)", "subprocess.run(['ls'])"],
)
def test_what_is_harmless_is_left(code: str) -> None:
    assert _faults(ast.parse(code)) == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the script reads TOML with Python 3.11 or later")
def test_every_requirement_has_a_lowest_release() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "lowest"), "dev", "media", "papers", "docs"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+(; .*)?", line) for line in lines)
    assert "typer==0.17.4" in lines
    assert "onnxruntime==1.25; python_version >= '3.11'" in lines


def test_typer_whose_help_fails_is_not_installed() -> None:
    assert tuple(map(int, version("typer").split(".")[:3])) >= (0, 17, 4)


def test_the_tests_that_the_threat_model_names_are_there() -> None:
    named = re.findall(r"`((?:tests|\.ci)/[\w./-]+)(?:::(\w+))?`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(named) > 10
    for path, test in named:
        assert (ROOT / path).is_file(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), test
