"""The ASGI application, for servers that speak nothing else: `imageweb.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imageweb.settings")
application = get_asgi_application()
