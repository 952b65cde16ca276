"""The ASGI application, for servers that speak nothing else: `imageweb.asgi:application`."""

import os

import django
from django.core.handlers.asgi import ASGIHandler, ASGIRequest

from imageweb.utf8 import Utf8RequestMixin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")


class Request(Utf8RequestMixin, ASGIRequest):
    pass


class Handler(ASGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Handler()
