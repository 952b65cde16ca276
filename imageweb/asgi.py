"""The ASGI application, for servers that speak nothing else: `imageweb.asgi:application`."""

import django
from django.core.handlers.asgi import ASGIHandler, ASGIRequest

from imageweb.entry import load_settings
from imageweb.utf8 import Utf8RequestMixin

load_settings()


class Request(Utf8RequestMixin, ASGIRequest):
    pass


class Handler(ASGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Handler()
