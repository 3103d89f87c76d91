"""Check HTML reports with axe-core in headless Chromium, in light and in dark colours. Exit status 1 when axe finds a violation.

    python -m benchmarks.accessibility class.html

Needs Chromium and npm, and installs axe-core below `.axe/` when it is missing.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / ".axe"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES = {"light": "1", "dark": "0"}  # blink's preferredColorScheme
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')  # would block axe itself
RUN = """
axe.run(document).then(found => {
  const result = {
    dark: matchMedia("(prefers-color-scheme: dark)").matches, passes: found.passes.length,
    violations: found.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 160))})),
    incomplete: found.incomplete.map(v => v.id),
  };
  const place = document.createElement("pre");
  place.id = "axe-result";
  place.textContent = JSON.stringify(result);
  document.body.append(place);
});
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+", type=Path)
    pages = parser.parse_args(argv).pages
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("Chromium is not installed. On Debian and Ubuntu: apt-get install chromium")
    if not AXE.exists():
        FOLDER.mkdir(exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", str(FOLDER), "axe-core@4"], check=True)
    violations = 0
    for page in pages:
        for scheme in SCHEMES:
            found = check(chromium, page.read_text(encoding="utf-8"), scheme)
            violations += len(found["violations"])
            print(f"{page.name}, {scheme}: {len(found['violations'])} violations, {found['passes']} rules passed")
            for violation in found["violations"]:
                print(f"  {violation['id']}: {violation['help']}", *violation["nodes"][:5], sep="\n    ")
    return 1 if violations else 0


def check(chromium: str, page: str, scheme: str) -> dict[str, Any]:
    """Run axe on a page and return its findings. Raises RuntimeError when it did not run, or not in these colours."""
    script = f"<script>{AXE.read_text(encoding='utf-8')}</script><script>{RUN}</script></body>"
    body, _, tail = POLICY.sub("", page).rpartition("</body>")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(body + script + tail, encoding="utf-8")
        done = subprocess.run(
            [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
                f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", "--window-size=1200,2000",
                "--virtual-time-budget=120000", "--timeout=300000", "--dump-dom", copy.as_uri(),
            ],
            capture_output=True, text=True, check=True, timeout=400,
        )  # fmt: skip
    match = re.search(r'<pre id="axe-result">(.*?)</pre>', done.stdout, re.DOTALL)
    if match is None:
        raise RuntimeError("axe did not run to its end")
    found: dict[str, Any] = json.loads(html.unescape(match[1]))
    if found["dark"] != (scheme == "dark"):
        raise RuntimeError(f"Chromium did not show the page in {scheme} colours")
    return found


if __name__ == "__main__":
    sys.exit(main())
