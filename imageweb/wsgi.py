"""The WSGI application: `imageweb.wsgi:application`."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from imageweb.utf8 import Utf8RequestMixin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")


class Request(Utf8RequestMixin, WSGIRequest):
    pass


class Handler(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Handler()
