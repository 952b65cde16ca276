"""The project: settings, Celery, the web server and its supervisor."""

__version__ = "0.2.0"
