"""The desk in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Served, grade

Serve = Callable[..., Served]
Browse = Callable[..., Any]


def turn(page: Any, act: Callable[[], object]) -> None:
    """Do what leads to another page and wait until that page listens: a key pressed before it would be lost."""
    with page.expect_navigation():
        act()


def press(page: Any, *keys: str) -> None:
    """The last key leads to another page."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    turn(page, lambda: page.keyboard.press(keys[-1]))


def enter(page: Any, served: Served, who: str) -> None:
    page.goto(served.url)
    page.fill("#who", who)
    press(page, "Enter")
    page.wait_for_selector("#publish")


def report(root: Path, student: str) -> Any:
    return json.loads((root / "grades" / "essay" / student / "report.json").read_text())


def to_item(page: Any, who: str) -> None:
    turn(page, lambda: page.click("text=Q1 >> nth=0"))
    for _ in range(4):
        if page.inner_text("#handed") == who:
            return
        press(page, "j")
    raise AssertionError(who)


def test_from_an_empty_desk_to_a_published_grade(serve: Serve, browse: Browse) -> None:
    """With keys alone a reviewer grades all prose, publishes, and the reports are final; the next run keeps it."""
    served, page = serve(), browse()
    enter(page, served, "Kim")
    assert "3 wait" in page.inner_text(".lead")
    press(page, "Enter")
    assert "the chain rule" in page.inner_text(".lookfor")
    assert page.inner_text("#answer") == "Because of the chain rule."
    for keys in (["f"], ["0"], ["1", "."]):
        for key in (*keys, "c"):
            page.keyboard.press(key)
        page.keyboard.type("Thank you.")
        press(page, "Escape", "Enter")
    assert "nothing waits" in page.inner_text("[role=status]")
    assert report(served.root, "ada")["status"] == "needs_review"
    page.click("#publish")
    page.wait_for_selector("text=Published: 3 reports changed.")
    made = report(served.root, "ada")
    assert (made["status"], made["points"], made["questions"][0]["outcome"]) == ("graded", 5.0, "earned")
    assert made["questions"][0]["checks"][0]["review"]["comment"] == "Thank you."
    assert report(served.root, "cleo")["points"] == 1.5
    assert "Thank you." in (served.root / "grades" / "essay" / "ada" / "report.html").read_text()
    assert "Kim" not in (served.root / "grades" / "essay" / "ada" / "report.html").read_text()
    assert "ada,graded,5,5,2,3" in (served.root / "grades" / "essay" / "grades.csv").read_text()
    grade(served.root)
    assert report(served.root, "ada")["points"] == 5.0


def test_two_reviewers_at_once(serve: Serve, browse: Browse) -> None:
    """The second to decide the same item sees what the first decided; nothing of the first is lost; saving again overrides."""
    served = serve()
    first, second = browse(), browse()
    enter(first, served, "Kim")
    enter(second, served, "Lee")
    for page in (first, second):
        to_item(page, "ada")
    first.keyboard.press("1")
    first.click("#save")
    first.wait_for_selector("text=Saved: ada.")
    second.keyboard.press("2")
    second.click("#save")
    second.wait_for_selector(".alert")
    alert = second.inner_text(".alert")
    assert "Kim was faster" in alert
    assert "1 point" in alert
    assert second.input_value("#points") == "2"
    log = served.root / "grades" / "essay" / "review.jsonl"
    assert len(log.read_text().splitlines()) == 1
    second.click("#save")
    second.wait_for_selector("text=Saved: ada.")
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(e["who"], e["points"]) for e in entries] == [("Kim", 1.0), ("Lee", 2.0)]


def test_two_desks_on_one_folder(serve: Serve, browse: Browse) -> None:
    """Two `grade review` processes see each other's decisions."""
    pages = [browse(), browse()]
    for page, who in zip(pages, ("Kim", "Lee"), strict=True):
        enter(page, serve(), who)
        to_item(page, "ada")
    press(pages[0], "f", "Enter")
    pages[0].wait_for_selector("text=Saved: ada.")
    press(pages[1], "0", "Enter")
    pages[1].wait_for_selector("text=Kim was faster")


def test_hostile_text_is_inert(serve: Serve, browse: Browse) -> None:
    """Markup in a student's answer is shown as text: no element, no script, no request, no complaint of the policy."""
    served, page = serve(), browse()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    enter(page, served, "Kim")
    to_item(page, "ben")
    assert "<script>" in page.inner_text("#answer")
    assert page.locator("#answer *").count() == 0
    assert page.title() != "owned"
    page.goto(page.get_attribute("text=The page that the student sees", "href").join([served.base, ""]))
    assert page.locator("script").count() == 0
    assert page.title() != "owned"
    assert said == []


def test_a_whole_cluster_at_once(serve: Serve, browse: Browse) -> None:
    """One decision with a reason goes to everybody ticked in a cluster; without a reason nothing is saved."""
    served, page = serve("--who", "Kim"), browse()
    page.goto(served.url)
    turn(page, lambda: page.click("text=3 students"))
    press(page, "1", "Enter")
    page.wait_for_selector("text=Give a reason")
    page.uncheck("input[name=student] >> nth=0")
    page.fill("#reason", "The handout said three times.")
    page.fill("#comment", "Our mistake.")
    page.click("#save")
    page.wait_for_selector("text=Saved for 2 students.")
    turn(page, lambda: page.click("#key-o"))
    page.click("#publish")
    page.wait_for_selector("text=Published: 2 reports changed.")
    assert [report(served.root, s)["questions"][1]["points"] for s in ("ben", "cleo", "dan")] == [
        0.0,
        1.0,
        1.0,
    ]
    made = report(served.root, "dan")["questions"][1]["checks"][1]
    assert (made["outcome"], made["review"]["was"]["outcome"]) == ("partial", "lost")


def test_anonymous(serve: Serve, browse: Browse) -> None:
    """In anonymous mode no page of the desk holds a student's name."""
    served, page = serve("--who", "Kim", "--anonymous"), browse()
    page.goto(served.url)
    seen = [page.content()]
    press(page, "Enter")
    seen.append(page.content())
    report_link = page.get_attribute("text=The page that the student sees", "href")
    turn(page, lambda: page.click("text=All checks"))
    seen.append(page.content())
    page.goto(served.base + report_link)
    seen.append(page.content())
    assert not [
        name
        for name in ("ada", "cleo")
        for content in seen
        if f">{name}<" in content or f"/{name}" in content or f" {name} " in content
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(scheme: str, serve: Serve, browse: Browse, axe: Callable[[Any], list[str]]) -> None:
    """axe-core finds nothing on any page of the desk."""
    served, page = serve("--who", "Kim"), browse(color_scheme=scheme)
    page.goto(served.url)
    found = {"overview": axe(page)}
    turn(page, lambda: page.click("text=3 students"))
    found["cluster"] = axe(page)
    page.go_back()
    press(page, "Enter")
    found["item"] = axe(page)
    press(page, "f", "Enter")
    page.wait_for_selector("text=Saved")
    turn(page, lambda: page.click("text=All checks"))
    found["student"] = axe(page)
    page.goto(served.base + "/essay/audit")
    found["audit"] = axe(page)
    page.goto(served.base + "/name")
    found["name"] = axe(page)
    assert {name: violations for name, violations in found.items() if violations} == {}
