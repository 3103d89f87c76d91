"""Shows what the checks found when you run `pytest` in this folder. `pytest -v` shows pytest's own report instead."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import checks
import pytest
import torch
from tracebacks import not_loaded

SHOWN = 10  # lines of the learner's own output


class Report:
    """Collects the results of the checks while pytest runs them, and prints them at the end."""

    def __init__(self) -> None:
        self.results: list[checks.CheckResult] = []
        self.problem: list[str] = []
        self.printed = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, Any, Any]:
        torch.manual_seed(0)
        try:
            result = yield
        except BaseException as error:
            self.results.append(checks.explained(task_of(item), item.function, error))
            raise
        self.results.append(checks.CheckResult(task_of(item), checks.check_name(task_of(item), item.function), checks.OK))
        return result

    def pytest_exception_interact(self, call: pytest.CallInfo[Any], report: pytest.CollectReport | pytest.TestReport) -> None:
        error = call.excinfo.value if call.excinfo else None
        if error is not None and isinstance(report, pytest.CollectReport) and not self.problem:
            self.problem = not_loaded(error.__cause__ or error)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.printed and self.results[-1:] and self.results[-1].outcome == checks.WRONG:
            self.printed = report.capstdout

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        counts = report.when == "call" or report.failed
        return report.outcome if counts else "", "", ""  # no dots: the summary says more

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        lines = self.problem or checks.layout(self.results)
        if self.printed:
            lines += ["", "  your code printed:", *(f"    {line}" for line in self.printed.splitlines()[:SHOWN])]
        for line in lines:
            terminalreporter.write_line(line, red=line.startswith("  [no]"), green=line.startswith("  [ok]"))


def task_of(item: pytest.Function) -> str:
    """The task that this check belongs to: the file of checks lists the tasks in TASKS."""
    own = [task for task in getattr(item.module, "TASKS", ()) if item.name.startswith(f"test_{task}_")]
    return max(own, key=len, default=item.name)


def pytest_configure(config: pytest.Config) -> None:
    spread = getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput")  # pytest-xdist
    if config.option.verbose > 0 or spread or config.pluginmanager.has_plugin("checks-report"):
        return
    torch.set_num_threads(1)  # the models are small: a second thread only slows them down
    config.option.verbose, config.option.tbstyle, config.option.reportchars = -1, "no", "N"
    config.option.disable_warnings = True
    config.pluginmanager.register(Report(), "checks-report")
