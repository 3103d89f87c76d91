"""What all tests share: at the end of a run, one line about protections that could not be exercised on this machine."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        if reason.startswith("needs "):
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        found = "; ".join(f"{count} tests: {reason}" for reason, count in sorted(reasons.items()))
        terminalreporter.write_line(f"Protections NOT exercised on this machine: {found}", yellow=True)
