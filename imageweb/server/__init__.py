"""The web server: waitress reads a request whole before a thread takes it and sends the answer without one, so slow
clients hold no thread. `manage.py up` runs `python -m imageweb.server DESCRIPTOR` on the socket that it listens on.

Ours is what waitress leaves out: a request is no larger than its address takes, comes at a least speed and can be read
in one way only, a connection's requests are read one at a time, an answer that nobody reads ends, a full house makes
room for who comes new, a stop lets running requests finish, and an answer to HEAD has no body."""

from imageweb.server.listener import Server

__all__ = ["Server"]
