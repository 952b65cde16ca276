"""`manage.py sandbox`: the provider that needs no key, over HTTP."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generations.sandbox.server import server


class Command(BaseCommand):
    help = "Serve the sandbox, a provider that needs no key: it speaks chat completions and draws."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
        parser.add_argument("--port", type=int, default=8100, help="the port to listen on, 0 for any (%(default)s)")
        parser.add_argument(
            "--pace", type=float, default=1.0, help="stretches every wait; 0 answers at once (%(default)s)"
        )

        parser.add_argument(
            "--shapes",
            choices=["openai", "real"],
            default="openai",
            help="openai: as OpenAI's document says; real: as the real gateways of each model answer (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            is_real = options["shapes"] == "real"
            served = server(options["host"], options["port"], options["pace"], has_real_shapes=is_real)
        except OSError as problem:
            raise CommandError(
                f"Cannot listen on {options['host']}:{options['port']}: {problem.strerror}."
            ) from problem
        with served:
            self.stdout.write(f"Sandbox at http://{options['host']}:{served.server_port}/v1 (Ctrl-C stops it)")
            self.stdout.flush()
            try:
                served.serve_forever(poll_interval=0.1)
            except KeyboardInterrupt:
                self.stdout.write("")
