"""Run the starts of training tasks under every kernel that this machine can be made to use.

torch and MKL choose their kernels when a process starts, by the processor and by two environment variables. A `Setting` is one
choice of both; it is tried in a process of its own (kernel_worker.py), which switches oneDNN and threads as well. Settings that
compute the same bits are measured once.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from .rounding import Exact, Share

CAPABILITIES = ("default", "avx2", "avx512")  # torch's own kernels: ATEN_CPU_CAPABILITY
CBWR = ("AUTO", "COMPATIBLE", "SSE4_2", "AVX", "AVX2", "AVX512")  # MKL's matrix products: MKL_CBWR
MODES = tuple((onednn, threads) for onednn in (False, True) for threads in (1, 2))  # the first is the graders' own
WORKER = "autograder.verify.kernel_worker"


@dataclass(frozen=True)
class Setting:
    capability: str
    cbwr: str

    def __str__(self) -> str:
        return f"ATEN_CPU_CAPABILITY={self.capability} MKL_CBWR={self.cbwr}"

    @property
    def environment(self) -> dict[str, str]:
        return {"ATEN_CPU_CAPABILITY": self.capability, "MKL_CBWR": self.cbwr}


SETTINGS = tuple(Setting(capability, cbwr) for capability in CAPABILITIES for cbwr in CBWR)
FARTHEST = Setting("default", "COMPATIBLE")  # no vector instruction beyond SSE2: the most different from a processor's own choice


@dataclass(frozen=True)
class Kernels:
    """The settings that differ here: `tried` to measure with, `same` those that compute the bits of one of them, `absent`."""

    tried: tuple[Setting, ...]
    same: dict[Setting, Setting]
    absent: tuple[Setting, ...]

    def report(self) -> list[str]:
        lines = [f"tried   {setting}, oneDNN on and off, 1 and 2 threads" for setting in self.tried]
        lines += [f"same    {setting} computes what {other} does" for setting, other in self.same.items()]
        return lines + [f"absent  {setting}: this processor or torch has it not" for setting in self.absent]


def find_kernels(names: Sequence[str]) -> Kernels:
    """Every setting, told apart by the trained weights of these assignments, bit by bit."""
    answers = dict(zip(SETTINGS, _parallel([(setting, {"fingerprint": list(names)}) for setting in SETTINGS]), strict=True))
    known: dict[str, Setting] = {}
    same, absent = {}, []
    for setting, answer in answers.items():
        if answer["capability"].lower() != setting.capability:
            absent.append(setting)
        elif answer["fingerprint"] in known:
            same[setting] = known[answer["fingerprint"]]
        else:
            known[answer["fingerprint"]] = setting
    return Kernels(tuple(known.values()), same, tuple(absent))


def measure(
    settings: Sequence[Setting], name: str, exacts: Sequence[Exact], draws: int, *, only_first_epochs: bool = False,
    limit: float | None = None,
) -> list[list[Share]]:  # fmt: skip
    """For each setting, the worst share of each start: with its own weights, and for the first epochs with perturbed ones, too.

    draws: how many perturbations. limit: a start above it is not measured to the end.
    """
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(list(exacts), file)
        file.flush()
        question = {"name": name, "exacts": file.name, "draws": draws, "only_first_epochs": only_first_epochs, "limit": limit}
        answers = _parallel([(setting, question | {"salt": number}) for number, setting in enumerate(settings, 1)])
    return [[Share(*share) for share in answer["shares"]] for answer in answers]


def _parallel(questions: Sequence[tuple[Setting, dict[str, Any]]]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(lambda question: ask(*question), questions))


def ask(setting: Setting, question: dict[str, Any]) -> dict[str, Any]:
    """Ask a worker process under a setting and return its answer."""
    done = subprocess.run(
        [sys.executable, "-m", WORKER],
        input=json.dumps(question),
        env=os.environ | setting.environment | {"OMP_WAIT_POLICY": "PASSIVE"},  # idle threads would spin
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextmanager
def kernel_mode(onednn: bool, threads: int) -> Iterator[None]:
    """Set oneDNN and threads, which can be changed while a process runs."""
    before = torch.backends.mkldnn.enabled, torch.get_num_threads()
    torch.backends.mkldnn.enabled = onednn  # type: ignore[assignment]  # torch declares a property of its own kind
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before[0]
        torch.set_num_threads(before[1])
