"""Database sessions that ignore a malformed session key, so that no text of a cookie reaches a query."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        is_ours = session_key and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if is_ours else None)
