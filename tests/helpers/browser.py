"""A headless Chromium, driven over two pipes (the DevTools protocol, https://chromedevtools.github.io/devtools-protocol)."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

_SECONDS = 60.0  # that an answer may take on a busy machine
_START = (
    "import os, sys; r, w = map(int, sys.argv[1:3]); os.dup2(r, 3); os.dup2(w, 4); os.execvp(sys.argv[3], sys.argv[3:])"
)
_KEYS = {" ": "Space", "+": "Equal", "-": "Minus"}


class Browser:
    """One page of a fresh browser, started with further arguments.

    Attributes:
        complaints: messages of the console, errors of scripts, and what the page's rules forbade.
        requests: addresses that the page asked for, without the page itself.
    """

    def __init__(self, program: str, folder: Path, *arguments: str) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._number = 0
        self._waiting = b""
        theirs, self._to = (os.dup2(fd, fd + 40) if fd < 10 else fd for fd in os.pipe())
        self._from, answers = os.pipe()
        high = [theirs, answers]
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        command += ["--autoplay-policy=no-user-gesture-required", "--hide-scrollbars", f"--user-data-dir={folder}"]
        command += ["--disable-dev-shm-usage", *arguments, "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *map(str, high), *command],
            pass_fds=high,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in high:
            os.close(fd)
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask for something and return the answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self._note(answer)

    def visit(self, page: Path) -> None:
        """Open a file and wait until it is loaded and drawn."""
        self.complaints.clear()
        self.requests.clear()
        self.call("Page.navigate", url=page.as_uri())
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")
        self.settle()
        self.requests[:] = [address for address in self.requests if address != page.as_uri()]

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + _SECONDS
        while not self.run(condition):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.02)

    def settle(self) -> None:
        """Wait for two frames, so that what was asked for is drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def press(self, key: str, times: int = 1, shift: bool = False) -> None:
        """Press a key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        for _ in range(times):
            same = {"key": key, "code": _KEYS.get(key, key), "modifiers": 8 * shift}
            same["windowsVirtualKeyCode"] = codes.get(key, 0)
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **same)
            self.call("Input.dispatchKeyEvent", type="keyUp", **same)
        self.settle()

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Send an event of the mouse: `mouseMoved`, `mousePressed`, `mouseReleased`, `mouseWheel`."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)
        self.settle()

    def size(self, width: int, height: int, scale: float = 1.0, mobile: bool = False) -> None:
        """Give the window a size."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )
        self.settle()

    def prefer(self, **features: str) -> None:
        """Say what the user prefers, such as `prefers_color_scheme="dark"`."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=pairs)
        self.settle()

    def screenshot(self, whole: bool = False) -> bytes:
        """Return the window, or the whole page, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self) -> bytes:
        """Return the printed page."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def close(self) -> None:
        """End the browser."""
        os.close(self._to)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._from)

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            assert select.select([self._from], [], [], _SECONDS)[0], "the browser does not answer"
            piece = os.read(self._from, 1 << 20)
            assert piece, "the browser has ended"
            self._waiting += piece
        message, self._waiting = self._waiting.split(b"\0", 1)
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        fields = event.get("params", {})
        method = event.get("method")
        if method == "Runtime.consoleAPICalled":
            self.complaints.append(str(fields["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(fields["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append(str(fields["entry"]["text"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(str(fields["request"]["url"]))
