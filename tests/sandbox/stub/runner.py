"""A runner for our own tests: it runs the Python text it is sent."""

from __future__ import annotations


class Runner:
    def __init__(self) -> None:
        self.names: dict = {}

    def execute(self, header: dict, blobs: list[bytes]) -> tuple[dict, list[bytes]]:
        """{"code": text} runs it; `answer` and `out` are what it leaves behind. {"echo": x} comes back."""
        if "code" not in header:
            return {"echo": header.get("echo")}, list(blobs)
        self.names.update(answer=None, out=[])
        try:
            exec(header["code"], self.names)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            return {"error": type(error).__name__, "text": str(error)}, []
        return {"answer": self.names["answer"]}, self.names["out"]
