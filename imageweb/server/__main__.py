"""`python -m imageweb.server DESCRIPTOR`: serve the site on a socket that listens already."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from importlib import import_module

from django.conf import settings

from imageweb.server import Server
from imageweb.wsgi import application


def main() -> None:
    server = Server(application, socket.socket(fileno=int(sys.argv[1])))
    import_module(settings.ROOT_URLCONF)  # now, and not for the first visitor
    gc.collect()
    gc.freeze()  # what is loaded stays; walking it again and again would hold up one page in a hundred
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.run()


if __name__ == "__main__":
    main()
