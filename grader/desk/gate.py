"""Who may use the desk: a random token in the first address, then a cookie; same-site, same-host, with a token in every form."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without one the browser sends no origin with a form
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass
class Session:
    """One browser."""

    form_token: str
    who: str = ""


@dataclass
class Gate:
    """
    The sessions of one desk.

    Args:
        port: the cookie's name carries it, as cookies do not tell ports apart.
        token: opens a session.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    sessions: dict[str, Session] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return f"desk_{self.port}"

    def open(self, given: str, who: str) -> str | None:
        """The cookie of a new session, if the token is right."""
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return None
        key = secrets.token_urlsafe(32)
        self.sessions[key] = Session(secrets.token_urlsafe(24), who)
        return key

    def session(self, request: Request) -> Session | None:
        """The session of a request."""
        return self.sessions.get(request.cookies.get(self.cookie, ""))

    def host_is_ours(self, request: Request) -> bool:
        """Whether the browser meant this desk: another name for this address is an attack (DNS rebinding)."""
        return request.headers.get("host", "") in {f"{name}:{self.port}" for name in HOSTS}

    def form_is_ours(self, request: Request, session: Session, given: str) -> bool:
        """Whether a form comes from a page of this desk."""
        origin = request.headers.get("origin")
        same = origin is None or origin.partition("://")[2] == request.headers.get("host", "")
        return same and hmac.compare_digest(given.encode(), session.form_token.encode())


def guarded(response: Response) -> Response:
    """The response with the headers that every page has."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
