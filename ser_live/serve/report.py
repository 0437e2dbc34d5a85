"""`/v1/report`: a recording in, its report as a page out. Nothing is kept."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from ser_live.serve.app import Server

__all__ = ["report"]

_SECONDS: Final = 1800.0  # that a recording may take


async def report(request: Request) -> Response:
    """Hear the recording that is the request's body, in a process of its own, one at a time."""
    server: Server = request.app.state.server
    with tempfile.TemporaryDirectory(prefix="ser-live-") as folder:
        recording, page = Path(folder, "recording"), Path(folder, "report.html")
        try:
            if not await _store(request, recording, server.limits.upload):
                return _refused(413, "too-large", f"a recording may have {server.limits.upload:,} bytes")
        except ClientDisconnect:
            return Response(status_code=400)
        async with server.reports:
            words = await _hear(server, recording, page)
        if words is not None:
            return _refused(422, "bad-recording", words)
        headers = {"content-disposition": 'attachment; filename="report.html"'}
        return Response(page.read_bytes(), media_type="text/html", headers=headers)


async def _store(request: Request, path: Path, most: int) -> bool:
    size = 0
    with path.open("wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                return False
            file.write(piece)
    return True


async def _hear(server: Server, recording: Path, page: Path) -> str | None:
    """Write the report; return a sentence where that fails."""
    settings = server.settings
    command = [sys.executable, "-m", "ser_live", "--file", str(recording), "--format", "plain", "--out", str(page)]
    command += ["--device", server.device, "--step", str(settings.step), "--smoothing", str(settings.smoothing)]
    command += ["--vad", settings.vad, *([] if server.model is None else ["--model", str(server.model.resolve())])]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, complaint = await asyncio.wait_for(process.communicate(), _SECONDS)
    except asyncio.TimeoutError:
        return f"the recording took more than {_SECONDS / 60:.0f} minutes: hear it with ser-live --file"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = complaint.decode("utf-8", "replace").strip().splitlines()[-1:]
        return "".join(last).removeprefix("ser-live: ").replace(f"{recording.parent}/", "") or "it cannot be read"
    return None


def _refused(status: int, name: str, words: str) -> Response:
    return JSONResponse({"type": "error", "name": name, "message": words}, status)
