FROM python:3.12.12-slim-trixie

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HOST=0.0.0.0
WORKDIR /app
# pg_dump, pg_restore and psql for backup and restore, of the same major version as the server in docker-compose.yml: an
# older pg_dump refuses a newer server, and an older server the settings that a newer pg_restore makes.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-17 \
 && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
 && useradd --uid 1000 --create-home imageweb && mkdir --mode=700 /data && chown imageweb /data
# By name: COPY . . would take whatever lies beside it, such as .env with its passwords.
COPY manage.py ./
COPY imageweb imageweb
COPY generations generations
COPY templates templates
COPY static static
# Now, since a container with a read-only file system could never keep it.
RUN python -m compileall -q imageweb generations
USER imageweb
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/healthz\", timeout=3)"]
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "up"]
