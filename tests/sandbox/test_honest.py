"""Honest work runs as it does on the student's own machine."""

from __future__ import annotations

import pytest

from autograder.sandbox import Limits, Sandbox

TRAIN = """
import torch
model = torch.nn.LSTM(8, 16, num_layers=2, batch_first=True)
optimizer = torch.optim.Adam(model.parameters())
for _ in range(5):
    optimizer.zero_grad()
    loss = model(torch.randn(4, 6, 8))[0].pow(2).mean()      # (batch, seq_len, hidden)
    loss.backward()
    optimizer.step()
answer = bool(torch.isfinite(loss))
"""
MANY_THREADS = """
import torch
torch.set_num_threads(64)
torch.set_num_interop_threads(64)
product = torch.ones(512, 512) @ torch.ones(512, 512)      # large enough for torch to share it out
answer = [torch.get_num_threads(), product.mean().item()]
"""
LAZY = """
import sys
answer = [name for name in ("torch._dynamo.convert_frame", "torch._inductor") if name in sys.modules]
"""
PLOT = """
import io, matplotlib.pyplot as plt
plt.plot([1, 2]); plt.title("$x^2$")
picture = io.BytesIO(); plt.savefig(picture); answer = len(picture.getvalue()) > 1000
"""
BATCHES = """
import torch
from torch.utils.data import DataLoader, TensorDataset
answer = len(list(DataLoader(TensorDataset(torch.ones(4, 2)), 2, shuffle=True)))
"""
ZONE = """
import datetime, zoneinfo
answer = datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")).utcoffset().seconds
"""
SHELL = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets.config import Config
config = Config(); config.HistoryManager.enabled = False
shell = InteractiveShell(config=config, ipython_dir="/tmp", profile_dir=ProfileDir())
answer = shell.run_cell("x = 1\\n%time x + 1\\nx + 1", store_history=False).result
"""
WORK = {
    "trains an LSTM": (TRAIN, True),
    "trains and imports no compiler": (TRAIN + LAZY, []),
    "runs threads": (
        "import threading\nanswer = []\nts = [threading.Thread(target=answer.append, args=(1,)) for _ in range(4)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]",
        [1, 1, 1, 1],
    ),
    "uses a thread pool": (
        "from concurrent.futures import ThreadPoolExecutor\nanswer = list(ThreadPoolExecutor(2).map(abs, [-1, 2]))",
        [1, 2],
    ),
    "asks for more threads than it may have": (MANY_THREADS, [1, 512.0]),
    "starts a thread for each processor": ("import multiprocessing as m, os\nanswer = [os.cpu_count(), m.cpu_count()]", [1, 1]),
    "plots": (PLOT, True),
    "runs a notebook cell": (SHELL, 2),
    "imports a module that was not loaded before": ("import colorsys, wave; answer = colorsys.rgb_to_hsv(0, 0, 0)[2]", 0),
    "finds that a library is not there": (
        "try: import no_such_library\nexcept ImportError as e: answer = type(e).__name__",
        "ModuleNotFoundError",
    ),
    "has no place for a temporary file": (
        "import tempfile\ntry: tempfile.TemporaryFile()\nexcept OSError: answer = 'refused'",
        "refused",
    ),
    "asks the time in a zone": (ZONE, 3600),
    "draws from the system's randomness": ("import os, secrets; answer = len(os.urandom(8)) + len(secrets.token_bytes(8))", 16),
    "enables faulthandler": ("import faulthandler; faulthandler.enable(); answer = faulthandler.is_enabled()", True),
    "sleeps and measures": (
        "import time; t = time.perf_counter(); time.sleep(0.01); answer = time.perf_counter() - t > 0.009",
        True,
    ),
    "loads data in batches": (BATCHES, 2),
    "collects cycles": ("import gc; answer = gc.isenabled()", True),
}


@pytest.mark.parametrize(("code", "wanted"), WORK.values(), ids=WORK.keys())
def test_honest_work_succeeds(sandbox: Sandbox, code: str, wanted: object) -> None:
    with sandbox.child(0) as child:
        assert child.request({"code": code})[0] == {"answer": wanted}


DRAW = "import random, numpy, torch; answer = [random.random(), float(numpy.random.rand()), torch.rand(1).item()]"


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1], ids=["zero", "one", "2**63", "the largest"])
def test_the_seed_decides_every_draw(sandbox: Sandbox, seed: int) -> None:
    draws = []
    for s in (seed, seed, (seed + 1) % 2**64):
        with sandbox.child(s) as child:
            draws.append(child.request({"code": DRAW})[0]["answer"])
    assert draws[0] == draws[1]
    assert not set(draws[0]) & set(draws[2])


def test_no_child_sees_what_another_did(sandbox: Sandbox) -> None:
    with sandbox.child(0) as first:
        first.request({"code": "import torch; torch.nn.LSTM = None; import sys; sys.modules['poison'] = sys"})
    with sandbox.child(0) as second:
        assert second.request({"code": "import sys, torch; answer = [torch.nn.LSTM is None, 'poison' in sys.modules]"})[0][
            "answer"
        ] == [False, False]


def test_big_blobs_go_there_and_back(sandbox: Sandbox) -> None:
    blobs = [bytes(range(256)) * (1 << 14), b"", b"x" * 1_000_003]
    with sandbox.child(0, Limits()) as child:
        assert child.request({"echo": [1.5]}, blobs) == ({"echo": [1.5]}, blobs)
