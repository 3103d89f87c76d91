"""An instructor's and a student's week in JupyterLab and Formgrader, automated in headless Chromium.

    python -m examples.browser                     walk through it and check the feedback pages with axe
    python -m examples.browser --pictures FOLDER   also take the pictures of docs/instructors.md

Needs Debian's packages chromium and chromium-driver, and npm for axe. Exit status 0 when every step worked.
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[1]
NAME, STEM = "04_embedding", "embedding"
AXE = "axe-core@4.11.4"
PATIENCE = 180  # seconds per step, enough for a busy machine
CLASS = ("ada", "george", "kofi")  # of examples/submitted
ME = getpass.getuser()
STUDENT_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "rnn-course"
c.Exchange.root = {exchange!r}
"""


class Walk:
    """A browser at one server. Each step waits for what it needs, so a slow machine only takes longer."""

    def __init__(self, browser: webdriver.Chrome, url: str, pictures: Path | None) -> None:
        self.browser, self.url, self.pictures = browser, url, pictures

    def open(self, path: str) -> None:
        self.browser.get(self.url + path)

    def find(self, selector: str, *, xpath: bool = False) -> WebElement:
        """Wait for the first visible element."""
        by = By.XPATH if xpath else By.CSS_SELECTOR

        def shown(browser: webdriver.Chrome) -> WebElement | None:
            return next((element for element in browser.find_elements(by, selector) if element.is_displayed()), None)

        found = WebDriverWait(self.browser, PATIENCE, ignored_exceptions=[Exception]).until(shown, f"{selector} did not appear")
        assert found is not None
        return found

    def click(self, selector: str, *, xpath: bool = False) -> None:
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element := self.find(selector, xpath=xpath))
        element.click()

    def choose(self, menu: str, entry: str) -> None:
        """Choose an entry of one of JupyterLab's menus."""
        self.click(f"//li[contains(@class,'lm-MenuBar-item')][.//div[text()='{menu}']]", xpath=True)
        self.click(f"//li[contains(@class,'lm-Menu-item')][.//div[text()='{entry}']]", xpath=True)

    def confirm(self) -> None:
        """Wait for Formgrader's dialog of success and close it."""
        self.find("#success-modal, #error-modal")
        time.sleep(0.6)  # the dialog fades in
        failed = self.browser.find_elements(By.CSS_SELECTOR, "#error-modal")
        if failed:
            raise SystemExit(f"Formgrader says: {failed[0].text[-3000:]}")
        self.click("#success-modal .modal-footer button")
        WebDriverWait(self.browser, PATIENCE).until_not(lambda b: b.find_elements(By.CSS_SELECTOR, ".modal-backdrop"))

    def picture(self, name: str) -> None:
        if self.pictures is not None:
            time.sleep(0.5)  # for animations to end
            self.pictures.mkdir(parents=True, exist_ok=True)  # Selenium fails silently without the folder
            self.browser.save_screenshot(str(self.pictures / f"{name}.png"))


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = shutil.which("chromium") or sys.exit("Install Debian's packages chromium and chromium-driver.")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,800"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or "chromedriver"))
    try:
        yield browser
    finally:
        browser.quit()


@contextmanager
def jupyter_lab(folder: Path) -> Iterator[str]:
    """Start a server in `folder` with this environment's default settings; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
    environment["HOME"] = str(folder)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="]
    with (folder / "jupyter.log").open("w") as log, subprocess.Popen(
        command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
    ) as server:  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(PATIENCE * 2):
                try:
                    urllib.request.urlopen(f"{url}/api", timeout=5)
                    break
                except OSError:
                    time.sleep(0.5)
            yield url
        finally:
            server.terminate()


def prepare(place: Path) -> tuple[Path, Path]:
    """Make a course directory with part of the sample class, and a student's home."""
    course, home = place / "course", place / "home"
    shutil.copytree(ROOT / "source" / NAME, course / "source" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    home.mkdir()
    (course / "exchange").mkdir(mode=0o777)
    (home / "nbgrader_config.py").write_text(STUDENT_CONFIG.format(exchange=str(course / "exchange")))
    return course, home


def hand_out(walk: Walk) -> None:
    walk.open("/lab")
    walk.choose("Nbgrader", "Formgrader")
    walk.browser.switch_to.frame(walk.find("iframe[src*='formgrader']"))
    walk.find("td.assign a")
    walk.browser.switch_to.default_content()
    walk.picture("formgrader")
    walk.open("/formgrader/manage_assignments")
    walk.click("td.assign a")
    walk.confirm()
    walk.find("td.preview a")
    walk.click("td.release a")
    walk.confirm()
    walk.find("td.collect a")
    walk.picture("released")


def work(walk: Walk, home: Path) -> None:
    """Fetch, work, validate, submit."""
    walk.open("/lab")
    walk.choose("Nbgrader", "Assignment List")
    walk.click("//button[text()='Fetch']", xpath=True)
    walk.find("//button[text()='Submit']", xpath=True)
    walk.picture("fetched")
    shutil.copy(ROOT / "source" / NAME / f"{STEM}.ipynb", home / NAME / f"{STEM}.ipynb")
    walk.open(f"/lab/tree/{NAME}/{STEM}.ipynb")
    walk.click("//*[normalize-space(text())='Validate']", xpath=True)
    walk.find("//*[contains(text(),'passed all the tests') or contains(text(),'Success')]", xpath=True)
    walk.picture("validated")
    walk.open("/lab")
    walk.choose("Nbgrader", "Assignment List")
    walk.click("//button[text()='Submit']", xpath=True)
    WebDriverWait(walk.browser, PATIENCE).until(lambda _: list((home.parent / "course/exchange/rnn-course/inbound").glob("*")))


def collect_and_grade(walk: Walk, course: Path) -> None:
    walk.open("/formgrader/manage_assignments")
    walk.click("td.collect a")
    walk.confirm()
    for student in CLASS:
        shutil.copytree(ROOT / "examples/submitted" / student / NAME, course / "submitted" / student / NAME)
    broken = course / "submitted/zoe" / NAME
    broken.mkdir(parents=True)
    (broken / f"{STEM}.ipynb").write_text("{")
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    subprocess.run(command, cwd=course, check=True, capture_output=True)
    walk.open(f"/formgrader/manage_submissions/{NAME}")
    walk.find("span.label-success")
    walk.picture("graded")
    row = "//tr[.//td[contains(@class,'student-id')][contains(.,'george')]]"
    walk.click(f"{row}//td[contains(@class,'autograde')]//a", xpath=True)
    walk.confirm()


def look_into(walk: Walk) -> None:
    """Comment on one task and change its score, in Formgrader's view of the submission."""
    walk.open(f"/formgrader/manage_students/george/{NAME}")
    walk.click("//td[contains(@class,'name')]//a | //table//tbody//a", xpath=True)
    score = walk.find("input.score")
    comment = walk.find("textarea.comment")
    walk.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", comment)
    comment.send_keys("Compare the shapes first.\t")
    walk.find(".comment-saved")
    walk.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", score)
    score.clear()
    score.send_keys("4\t")
    walk.find(".score-saved")
    walk.picture("submission")


def return_feedback(walk: Walk, course: Path) -> list[Path]:
    walk.open("/formgrader/manage_assignments")
    walk.click("td.generate-feedback a")
    walk.confirm()
    walk.click("td.release-feedback a")
    walk.confirm()
    pages = sorted((course / "feedback").glob(f"*/{NAME}/{STEM}.html"))
    assert {page.parts[-3] for page in pages} == {*CLASS, ME, "zoe"}, pages
    assert list((course / "exchange/rnn-course/feedback").glob("*.html")), "nothing was released"
    george = next(page for page in pages if page.parts[-3] == "george").read_text()
    assert "Compare the shapes first." in george
    return pages


def accessible(walk: Walk, pages: list[Path], place: Path) -> list[str]:
    """Run axe on the feedback pages, opened as students open them; return the violations."""
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), AXE], check=True)
    axe = (place / "node_modules/axe-core/axe.min.js").read_text()
    found = []
    for page in pages:
        walk.browser.get(page.as_uri())
        if page.parts[-3] == "george":
            walk.picture("feedback")
        if page.parts[-3] == "zoe":
            walk.picture("needs_attention")
        walk.browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
        walk.browser.execute_script(axe)
        report = walk.browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
        found += [f"{page.parts[-3]}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in report["violations"]]
        print(f"axe: {page.parts[-3]}: {len(report['passes'])} rules passed, {len(report['violations'])} violated")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    pictures = parser.parse_args().pictures
    with tempfile.TemporaryDirectory(prefix="browser-") as folder, chromium() as browser:
        course, home = prepare(Path(folder))
        with jupyter_lab(course) as instructors, jupyter_lab(home) as students:
            instructor, student = Walk(browser, instructors, pictures), Walk(browser, students, pictures)
            for step, run in (
                ("generate, preview, release", lambda: hand_out(instructor)),
                ("fetch, work, validate, submit", lambda: work(student, home)),
                ("collect, autograde", lambda: collect_and_grade(instructor, course)),
                ("look into a submission, comment, override", lambda: look_into(instructor)),
            ):
                try:
                    run()
                except BaseException:
                    browser.save_screenshot("/tmp/browser-failed.png")
                    raise
                print(f"done: {step}", flush=True)
            pages = return_feedback(instructor, course)
            print("done: generate and release feedback", flush=True)
            violations = accessible(instructor, pages, Path(folder))
    print("\n".join(violations) or "No violation on any page.")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
