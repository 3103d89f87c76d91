"""`Sandbox` keeps one warm zygote and starts confined children from it."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from . import paths, selftest
from .errors import ChildEnded, SandboxLost, SandboxUnavailable
from .launch import Zygote, start
from .limits import Limits
from .process import Child
from .protection import Protection, demand, plan, required

T = TypeVar("T")
ORDINARY = Limits()
ATTEMPTS = 3  # zygotes to try: one may be killed from outside while it starts
ENOUGH_FILES = 256  # open at the same time, here and in the zygote


def _demand_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= ENOUGH_FILES:
        return
    if hard < ENOUGH_FILES:
        raise SandboxUnavailable(f"this process may have {hard} files open at the same time. Run first: ulimit -n 1024")
    resource.setrlimit(resource.RLIMIT_NOFILE, (ENOUGH_FILES, hard))


class Sandbox:
    """One warm zygote, restarted when it is lost. Not thread-safe.

    minimum: "none", "standard", "full" or a set of layers. When one is not in force, `child` raises SandboxUnavailable.
    unconfined: only resource limits apply. The protection record says so, and every result must say so too.
    bubblewrap: "auto" uses it where it works, "off" never does, "required" adds it to the minimum.
    warm: False starts the zygote only with the first child.
    """

    def __init__(
        self,
        *,
        minimum: str | Collection[str] = "standard",
        unconfined: bool = False,
        bubblewrap: str = "auto",
        warm: bool = True,
        _without: Collection[str] = (),
        _child: Path | None = None,
    ) -> None:
        self._needed = frozenset() if unconfined else required(minimum, bubblewrap)
        self._paths = paths.find(_child)
        self._plan, self._protection = plan(
            self._paths, unconfined=unconfined, bubblewrap_mode=bubblewrap, without=frozenset(_without)
        )
        self._tested = False
        self._refusal: SandboxUnavailable | None = None  # found before anything ran: final
        self._zygote: Zygote | None = None
        if warm and not self._needed & self._protection.missing.keys():
            self._zygote = start(self._plan)  # warms up while the judge does other things

    def _warm(self) -> Zygote:
        demand(self._needed, self._protection.missing)
        _demand_descriptors()
        if self._zygote is None:
            self._zygote = start(self._plan)
            self._tested = False
        self._zygote.wait_ready()
        if not self._tested:
            self._test(self._zygote)
        return self._zygote

    def _test(self, zygote: Zygote) -> None:
        try:
            with Child(zygote, seed=0, limits=Limits(), serve="probe") as probe:
                found = selftest.run(
                    self._protection.layers, self._paths, lambda acts: probe.request({"acts": acts})[0]["outcomes"]
                )
        except ChildEnded as end:
            raise SandboxLost(f"the self-test did not finish: {end}") from None
        demand(self._needed, found)
        before = self._protection
        self._protection = replace(
            before, layers=before.layers - found.keys(), missing={**before.missing, **found}, own_uid=zygote.ready["changes_uid"]
        )
        self._tested = True

    @property
    def unconfined(self) -> bool:
        """Whether the caller asked for no protection."""
        return self._protection.unconfined

    @property
    def protection(self) -> Protection:
        """What is in force, according to the self-test."""
        self._retrying(self._warm)
        return self._protection

    def join_after_fork(self) -> None:
        """In a process forked from the one that made this sandbox: open a new connection to the same zygote."""
        inherited, self._zygote, self._tested = self._zygote, None, False
        if inherited is not None:
            with contextlib.suppress(SandboxLost):  # then the first child starts a new zygote
                self._zygote = inherited.joined()

    def child(self, seed: int, limits: Limits = ORDINARY) -> Child:
        """A new process, confined and seeded. Raises SandboxUnavailable when a needed layer is not in force, SandboxLost."""
        return self._retrying(lambda: Child(self._warm(), seed, limits))

    def _retrying(self, act: Callable[[], T]) -> T:
        """Run `act`, again with a new zygote when the old one has died since its last use or dies while it starts."""
        if self._refusal is not None:
            raise self._refusal
        for _ in range(ATTEMPTS):
            try:
                return act()
            except SandboxUnavailable as error:
                if not self._tested:
                    self._refusal = error
                raise
            except SandboxLost as error:
                self._forget()
                lost = error
        if self._tested:
            raise lost
        message = f"the process that runs submissions does not start: {lost}. Run: autograder doctor"
        self._refusal = SandboxUnavailable(message)
        raise self._refusal

    def _forget(self) -> None:
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def close(self) -> None:
        """End the zygote and all its children."""
        self._forget()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
