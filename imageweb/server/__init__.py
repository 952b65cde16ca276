"""The web server: waitress, with limits on slow and large requests. `manage.py up` runs `python -m imageweb.server FD`
on a socket that listens already.

waitress reads a request completely before a thread takes it and sends the answer without one, so slow clients hold no
thread. Added here: a limit on bodies by path, a minimum rate for bodies and answers, strict parsing (no request
smuggling), one pipelined request at a time, eviction of idle connections when there are too many, a shutdown that lets
running requests finish, and no body in answers to HEAD.
"""

from imageweb.server.listener import Server

__all__ = ["Server"]
