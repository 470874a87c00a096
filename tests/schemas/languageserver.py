"""A client of yaml-language-server, with which VS Code, Neovim and others show YAML files: what a person sees."""

import json
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

_HUNG = 120  # seconds: nothing is measured by it, it only ends a server that says nothing any more
_SETTINGS: Mapping[str, Any] = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "schemaStore": {"enable": False, "url": ""},
        "kubernetesCRDStore": {"enable": False},
    },
    "http": {"proxy": "", "proxyStrictSSL": False},
}
_METHOD_NOT_FOUND = -32601


class LanguageServer:
    """Talks to a running server; a file is opened with the text that it has on the disk, or with another."""

    def __init__(self, reading: IO[bytes], writing: IO[bytes], root: Path) -> None:
        self._reading, self._writing = reading, writing
        self._last_id = self._opened_files = 0
        self._diagnostics: dict[str, list[str]] = {}
        self._call("initialize", processId=None, rootUri=root.as_uri(), capabilities=_CAPABILITIES)
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=_SETTINGS)

    def problems(self, path: Path, text: str | None = None) -> list[str]:
        """What is underlined in a file, as `line: message`."""
        (found,) = self.problems_of(path, [path.read_text("utf-8") if text is None else text])
        return found

    def problems_of(self, path: Path, texts: Iterable[str]) -> list[list[str]]:
        """What is underlined in each of several texts of a file; the server takes its time for each, so all at once."""
        with ExitStack() as opened:
            uris = [opened.enter_context(self._opened(path, text)) for text in texts]
            while not self._diagnostics.keys() >= set(uris):
                self._receive()
            return [self._diagnostics[uri] for uri in uris]

    def hover(self, path: Path, text: str) -> str:
        """What is shown with the pointer at the `|` in a text."""
        before, _, after = text.partition("|")
        with self._opened(path, before + after) as uri:
            found = self._call("textDocument/hover", textDocument={"uri": uri}, position=_position(before))
        return str(found["contents"]["value"]) if found else ""

    def completions(self, path: Path, text: str) -> dict[str, str]:
        """What is offered at the `|` in a text: the label of each with the text that it inserts."""
        before, _, after = text.partition("|")
        with self._opened(path, before + after) as uri:
            found = self._call("textDocument/completion", textDocument={"uri": uri}, position=_position(before))
        return {item["label"]: item.get("insertText", item["label"]) for item in found["items"]}

    @contextmanager
    def _opened(self, path: Path, text: str) -> Iterator[str]:
        self._opened_files += 1
        uri = path.with_stem(f"{path.stem}-{self._opened_files}").as_uri()  # it remembers what it has seen
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        yield uri
        self._tell("textDocument/didClose", textDocument={"uri": uri})

    def _call(self, method: str, **params: Any) -> Any:
        self._last_id += 1
        wanted = self._last_id
        self._send({"id": wanted, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == wanted and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writing.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._writing.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; what the server asks is answered, what it underlines is kept."""
        length = 0
        while line := self._reading.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self._reading.read(length)) if length else {}
        assert message, "the language server ended"
        if "method" in message and "id" in message:
            self._answer(message)
        elif message.get("method") == "textDocument/publishDiagnostics":
            found = message["params"]
            self._diagnostics[found["uri"]] = [
                f"{one['range']['start']['line'] + 1}: {one['message']}" for one in found["diagnostics"]
            ]
        return message

    def _answer(self, request: Mapping[str, Any]) -> None:
        match request["method"]:
            case "workspace/configuration":
                wanted = [item.get("section") for item in request["params"]["items"]]
                self._send({"id": request["id"], "result": [_SETTINGS.get(section) for section in wanted]})
            case "client/registerCapability":
                self._send({"id": request["id"], "result": None})
            case method:
                self._send({"id": request["id"], "error": {"code": _METHOD_NOT_FOUND, "message": method}})


_CAPABILITIES: Mapping[str, Any] = {
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
    "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": False}},
}


def _position(before: str) -> dict[str, int]:
    return {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}


@contextmanager
def running(server: Path, root: Path) -> Iterator[LanguageServer]:
    """The server, as a folder of npm's has it, for a repository; ended again."""
    command = ["node", str(server), "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        assert process.stdout
        guard = threading.Timer(_HUNG, process.kill)
        guard.start()
        try:
            yield LanguageServer(process.stdout, process.stdin, root)
        finally:
            guard.cancel()
            process.kill()
