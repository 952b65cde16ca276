"""The Celery application: early acknowledgement, no prefetch, no results, no schedule and no retries.

A message only notifies a worker; the database holds all state.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from imageweb.entry import load_settings

load_settings()

app = Celery("imageweb", namespace="CELERY")

SPOOL = settings.DATA_DIR / "broker"


def kombu_url(url: str) -> str:
    """The address of a Redis as kombu spells it: a socket, unix:///run/redis.sock?db=1, is redis+socket:// there, and a
    certificate is looked at only if that is asked for."""
    parts = urlsplit(url)
    if parts.scheme == "rediss" and "ssl_cert_reqs=" not in parts.query:
        return f"{url}{'&' if parts.query else '?'}ssl_cert_reqs=required"
    if parts.scheme != "unix":
        return url
    query = {"virtual_host" if name == "db" else name: value for name, value in parse_qsl(parts.query)}
    return f"redis+socket://{parts.netloc}{parts.path}{'?' if query else ''}{urlencode(query)}"


if settings.REDIS_URL:
    broker, transport = (
        kombu_url(settings.REDIS_URL),
        {
            # Without a socket timeout, a Redis that hangs would block a web request for ever.
            "socket_connect_timeout": 2,
            "socket_timeout": 4,
            "socket_keepalive": True,
            "global_keyprefix": "imageweb:",
        },
    )
else:
    TRANSPORT_ALIASES["filesystem"] = "imageweb.filesystem_transport:Transport"
    # In and out are one folder. kombu moves a message to `processed` by a rename, which needs the same file system.
    for folder in (SPOOL / "messages", SPOOL / "processed", SPOOL / "control"):
        folder.mkdir(parents=True, exist_ok=True)
    broker, transport = (
        "filesystem://localhost",
        {
            "data_folder_in": str(SPOOL / "messages"),
            "data_folder_out": str(SPOOL / "messages"),
            "processed_folder": str(SPOOL / "processed"),
            "control_folder": str(SPOOL / "control"),
            "store_processed": True,
            "polling_interval": 0.2,
        },
    )


@setup_logging.connect
def leave_the_log_alone(**_: object) -> None:
    """LOGGING in the settings says what is written, also by a worker: Celery sets up nothing where somebody listens."""


app.conf.update(
    broker_url=broker,
    broker_transport_options=transport,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=2,
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=False,
    task_publish_retry=False,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="imageweb",
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=bool(settings.REDIS_URL),
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_pool="threads",
    worker_concurrency=settings.WORKER_THREADS,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
)
app.autodiscover_tasks(["generations"])
