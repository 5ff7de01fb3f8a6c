"""Who may use the desk."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest

from .conftest import Served

Serve = Callable[..., Served]


def ask(
    served: Served, path: str, method: str = "GET", body: str = "", **headers: str
) -> tuple[int, dict[str, str], str]:
    where = urlsplit(served.base)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    try:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def desk(serve: Serve) -> Served:
    pytest.importorskip("uvicorn")
    return serve("--who", "Kim")


def cookie(desk: Served) -> str:
    _, headers, _ = ask(desk, "/?" + urlsplit(desk.url).query)
    return headers["set-cookie"].partition(";")[0]


def test_nobody_comes_in_without_the_token(desk: Served) -> None:
    """Without token or cookie, or with a wrong token, nothing of the class is shown."""
    for path in ("/", "/essay/", "/essay/item?check=Q1&student=x", "/?token=wrong"):
        status, _, text = ask(desk, path)
        assert status == 403
        assert "essay" not in text


def test_the_cookie_is_for_this_site_alone(desk: Served) -> None:
    """The cookie is out of reach of scripts and of other sites."""
    _, headers, _ = ask(desk, "/?" + urlsplit(desk.url).query)
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=strict" in headers["set-cookie"]


def test_another_name_for_this_address_is_refused(desk: Served) -> None:
    """A host name that is not this machine's own is refused, cookie or not: DNS can be made to point here."""
    assert ask(desk, "/essay/", Host="grades.example.com", Cookie=cookie(desk))[0] == 421


@pytest.mark.parametrize("case", ["no token", "wrong token", "other origin"])
def test_forms_of_other_sites_are_refused(desk: Served, case: str) -> None:
    """A form without the token of the session, or from another origin, changes nothing."""
    mine = cookie(desk)
    _, _, page = ask(desk, "/essay/", Cookie=mine)
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    fields = {"no token": {}, "wrong token": {"form_token": "x"}, "other origin": {"form_token": token}}[case]
    origin = "http://evil.example" if case == "other origin" else desk.base
    status, _, _ = ask(
        desk,
        "/essay/publish",
        "POST",
        urlencode(fields),
        Cookie=mine,
        Origin=origin,
        Content_Type="application/x-www-form-urlencoded",
    )
    assert status == 403
    right = ask(
        desk,
        "/essay/publish",
        "POST",
        urlencode({"form_token": token}),
        Cookie=mine,
        Origin=desk.base,
        Content_Type="application/x-www-form-urlencoded",
    )
    assert right[0] == 303


def test_every_answer_has_the_policy(desk: Served) -> None:
    """No inline script or style, no other site, no frame, nothing kept."""
    for path in ("/", "/essay/", "/static/desk.js", "/nothing/there"):
        _, headers, _ = ask(desk, path, Cookie=cookie(desk))
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"


def test_it_listens_on_this_machine_alone(desk: Served) -> None:
    """The address is the loopback's."""
    assert urlsplit(desk.url).hostname == "127.0.0.1"
