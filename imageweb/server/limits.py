"""The limits of one process of the web server: counts, bytes, rates in bytes per second, and seconds."""

from __future__ import annotations

TAKE_FILES = frozenset({"compose", "preview", "references", "change_logo", "check_evidence"})
"""Names of the addresses to which pictures are uploaded; all others take a form's fields alone."""

MAX_CONNECTIONS = 400  # with a file for each body, still below the usual limit of 1,024 descriptors
MAX_UPLOADS = 32  # at once, each with up to 82 MB of temporary file at the default MAX_UPLOAD_MB
MAX_UPLOADS_PER_CLIENT = MAX_UPLOADS // 4
STALL_SECONDS = 30
BODY_STALL_SECONDS = 15
MIN_UPLOAD_RATE = 16 * 1024  # of bodies
MIN_DOWNLOAD_RATE = 8 * 1024  # of answers; half of the other, since the kernel asks for more only when much was read
SEND_BUFFER = 128 * 1024  # Linux buffers twice that: a phone at 16 KB/s reads it well within STALL_SECONDS
STREAM_BUFFER = 1024 * 1024  # of an answer that is made while it is read
STREAM_THREADS = 2  # which make such answers; they wait for the storage, and those that answer pages do not
IDLE_SECONDS = 75  # longer than proxies keep a connection, so that they close it, not the server
MAX_HEADER_BYTES = 64 * 1024
MAINTENANCE_SECONDS = 5
SHUTDOWN_SECONDS = 10
LINGER_SECONDS = 5
RETRY_AFTER_SECONDS = 5
