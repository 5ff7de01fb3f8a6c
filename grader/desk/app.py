"""The desk as a web page: every request, what it may do and what it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from grader.desk import pages
from grader.desk.book import Book, Item, draft
from grader.desk.gate import Gate, Session, guarded
from grader.desk.log import Appended
from grader.desk.said import Said, SaidWrong
from grader.errors import GraderError, UsageError
from grader.report.student import render_student

MOST_FORM = 400_000
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass
class Desk:
    """
    What the pages need.

    Args:
        books: assignment to its book.
        gate: who may come in.
        publish: puts what was decided into the reports; gives the students whose report changed.
        who: the reviewer's name, when the command line gave one.
    """

    books: Mapping[str, Book]
    gate: Gate
    publish: Callable[[Book], Sequence[str]]
    who: str = ""
    forms: dict[str, str] = field(default_factory=dict)


Page = Callable[[Desk, Request, Session], Awaitable[Response]]


def app(desk: Desk) -> Starlette:
    """The application."""
    routes = [
        _route(desk, "/", overview),
        _route(desk, "/name", name, "GET", "POST"),
        _route(desk, "/{assignment}/", assignment),
        _route(desk, "/{assignment}/item", item, "GET", "POST"),
        _route(desk, "/{assignment}/cluster", cluster, "GET", "POST"),
        _route(desk, "/{assignment}/student", student),
        _route(desk, "/{assignment}/report", report),
        _route(desk, "/{assignment}/audit", audit),
        _route(desk, "/{assignment}/publish", publish, "POST"),
    ]
    files = [Route("/static/{name}", static), Route("/favicon.ico", static)]
    return Starlette(routes=[*files, *routes], exception_handlers={404: nothing, 405: nothing})


async def nothing(request: Request, error: Exception) -> Response:
    """There is no such page."""
    return guarded(_html(pages.problem("There is no such page.", 404), 404))


async def static(request: Request) -> Response:
    """The style sheet and the script."""
    found = pages.STATIC.get(request.path_params.get("name", ""))
    if found is None:
        return guarded(Response(status_code=204))
    return guarded(Response(found.text(), media_type=found.type))


def _route(desk: Desk, path: str, page: Page, *methods: str) -> Route:
    async def endpoint(request: Request) -> Response:
        return guarded(await _admitted(desk, page, request))

    return Route(path, endpoint, methods=list(methods) or ["GET"], name=page.__name__)


async def _admitted(desk: Desk, page: Page, request: Request) -> Response:
    """The page, for who may see it; problems become pages too."""
    if not desk.gate.host_is_ours(request):
        return Response("Wrong host.", 421)
    if (token := request.query_params.get("token")) is not None:
        return _enter(desk, token)
    session = desk.gate.session(request)
    if session is None:
        return _html(
            pages.problem("Open the address that `grade review` printed: it carries the token.", 403), 403
        )
    if not session.who and page is not name:
        return RedirectResponse("/name", 303)
    if request.method == "POST" and not await _own_form(desk, request, session):
        return _html(pages.problem("This form does not come from this desk. Nothing was saved.", 403), 403)
    try:
        return await page(desk, request, session)
    except _NotFoundError as e:
        return _html(pages.problem(str(e), 404), 404)
    except UsageError as e:
        return _html(pages.problem(str(e), 409), 409)
    except GraderError as e:
        return _html(pages.problem(str(e), 500), 500)


class _NotFoundError(Exception):
    """There is no such page."""


def _enter(desk: Desk, token: str) -> Response:
    key = desk.gate.open(token, desk.who)
    if key is None:
        return _html(
            pages.problem(
                "The token is not the one of this desk. Use the address that `grade review` printed.", 403
            ),
            403,
        )
    response = RedirectResponse("/", 303)
    response.set_cookie(desk.gate.cookie, key, httponly=True, samesite="strict", path="/")
    return response


async def _own_form(desk: Desk, request: Request, session: Session) -> bool:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_FORM:
        return False
    given = await _form(request)
    return desk.gate.form_is_ours(request, session, given.get("form_token", ""))


async def _form(request: Request) -> dict[str, str]:
    return {k: v[-1] for k, v in (await _form_lists(request)).items()}


async def _form_lists(request: Request) -> dict[str, list[str]]:
    body = (await request.body()).decode("utf-8", "replace")
    return parse_qs(body, keep_blank_values=True, max_num_fields=20_000)


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status)


def _book(desk: Desk, request: Request) -> Book:
    found = desk.books.get(request.path_params["assignment"])
    if found is None:
        raise _NotFoundError("There is no such assignment on this desk.")
    return found


def _item(book: Book, asked: Mapping[str, str]) -> Item:
    who = book.student(asked.get("student", ""))
    found = book.item(who, asked.get("check", "")) if who else None
    if found is None:
        raise _NotFoundError("There is no such check of such a student.")
    return found


# --- pages ----------------------------------------------------------------------------------------------------------


async def overview(desk: Desk, request: Request, session: Session) -> Response:
    """All assignments; with one alone, that one."""
    if len(desk.books) == 1:
        return RedirectResponse(pages.address(next(iter(desk.books))), 303)
    return _html(pages.overview(desk.books, session))


async def name(desk: Desk, request: Request, session: Session) -> Response:
    """Who is reviewing."""
    if request.method == "GET":
        return _html(pages.name(session))
    given = " ".join((await _form(request)).get("who", "").split())[:80]
    if not given:
        return _html(pages.name(session, "Give a name: the audit file says who decided."), 422)
    session.who = given
    return RedirectResponse("/", 303)


async def assignment(desk: Desk, request: Request, session: Session) -> Response:
    """What is open, what can be worked through at once, who is in the class."""
    return _html(pages.assignment(_book(desk, request), session, request.query_params))


async def student(desk: Desk, request: Request, session: Session) -> Response:
    """All checks of one student."""
    book = _book(desk, request)
    who = book.student(request.query_params.get("student", ""))
    if who is None:
        raise _NotFoundError("There is no such student.")
    return _html(pages.student(book, session, who))


async def report(desk: Desk, request: Request, session: Session) -> Response:
    """The student's page as the student sees it; in anonymous mode without the name."""
    book = _book(desk, request)
    who = book.student(request.query_params.get("student", ""))
    if who is None:
        raise _NotFoundError("There is no such student.")
    shown = book.report(who).model_copy(update={"student": book.who(who)})
    return Response(
        render_student(shown), media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY}
    )


async def audit(desk: Desk, request: Request, session: Session) -> Response:
    """Everything that was ever decided."""
    return _html(pages.audit(_book(desk, request), session))


async def publish(desk: Desk, request: Request, session: Session) -> Response:
    """Put what was decided into the reports."""
    book = _book(desk, request)
    changed = desk.publish(book)
    return RedirectResponse(pages.address(book.assignment, "", published=str(len(changed))), 303)


# --- decisions ------------------------------------------------------------------------------------------------------


async def item(desk: Desk, request: Request, session: Session) -> Response:
    """One check of one student: look, and decide."""
    book = _book(desk, request)
    if request.method == "GET":
        shown = _item(book, request.query_params)
        return _html(pages.item(book, session, shown, saved=request.query_params.get("saved", "")))
    given = await _form(request)
    shown = _item(book, given)
    show = partial(pages.item, book, session, shown, given=given)
    try:
        said = Said.read(given, shown.max_points, manual=shown.manual)
    except SaidWrong as e:
        return _html(show(wrong=str(e)), 422)
    done = _append(book, session, [shown], said, {shown.key: given.get("seen", "0")})
    if done.conflicts:
        return _html(show(conflict=done.conflicts[0]), 409)
    following = pages.following(book, shown)
    if following is None:
        return RedirectResponse(pages.address(book.assignment, "", done=shown.check), 303)
    return RedirectResponse(pages.item_address(book, following) + "&" + urlencode({"saved": shown.key}), 303)


async def cluster(desk: Desk, request: Request, session: Session) -> Response:
    """Everybody with the same mistake: one decision for all that are ticked."""
    book = _book(desk, request)
    given = await _form_lists(request) if request.method == "POST" else {}
    key = (given.get("cluster") or [request.query_params.get("cluster", "")])[-1]
    found = next((c for c in book.clusters() if c.key == key), None)
    if found is None:
        raise _NotFoundError("There is no such cluster any more; the class may have been graded again.")
    if request.method == "GET":
        return _html(pages.cluster(book, session, found))
    last = {k: v[-1] for k, v in given.items()}
    ticked = [i for i in found.items if i.key in given.get("student", [])]
    show = partial(pages.cluster, book, session, found, given=last, ticked={i.key for i in ticked})
    try:
        said = Said.read(last, found.items[0].max_points, manual=False)
        if not ticked:
            raise SaidWrong("Tick at least one student.")
    except SaidWrong as e:
        return _html(show(wrong=str(e)), 422)
    seen = {i.key: last.get(f"seen-{i.key}", "0") for i in ticked}
    done = _append(book, session, ticked, said, seen)
    status = 409 if done.conflicts else 200
    return _html(show(done=done), status)


def _append(
    book: Book, session: Session, items: Sequence[Item], said: Said, seen: Mapping[str, str]
) -> Appended:
    drafts = [draft(i, said.action, **said.fields(i.max_points)) for i in items]
    numbers = {(i.student, i.check): _whole(seen.get(i.key, "0")) for i in items}
    return book.log.append(session.who, drafts, numbers)


def _whole(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0
