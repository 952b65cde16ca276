"""The WSGI application: `imageweb.wsgi:application`."""

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from imageweb.entry import load_settings
from imageweb.utf8 import Utf8RequestMixin

load_settings()


class Request(Utf8RequestMixin, WSGIRequest):
    pass


class Handler(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Handler()
