import os
import signal
from threading import Thread

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseTrouble
from django.db import connection

from timer import shutdown
from timer.jobs import all_jobs, tick


class Command(BaseCommand):
    help = "Does all that is due: sends e-mail, deletes what is kept for a time. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument("--every", type=int, metavar="SECONDS", help="Again and again.")
        parser.add_argument(
            "--parent", type=int, metavar="PID", help="End with this process, which started it."
        )

    def handle(self, every, parent, **options):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: shutdown.requested.set())
        if parent:
            Thread(target=end_with, args=[parent], daemon=True).start()
        if every:
            self.keep_ticking(every)
        elif failed := tick(all_jobs()):
            raise CommandError(f"Failed: {', '.join(job.name for job in failed)}.")

    def keep_ticking(self, seconds):
        """Tick until told to end. A database that is away is no reason to: it comes back."""
        while not shutdown.requested.is_set():
            try:
                tick(all_jobs())
            except DatabaseTrouble as error:
                reason = " ".join(str(error).split())
                self.stderr.write(f"The timer cannot use the database, and tries again: {reason}")
            finally:
                connection.close()
            shutdown.requested.wait(seconds)


def end_with(parent):
    """Ask this process to end when ``parent``, which started it, has ended."""
    while os.getppid() == parent:
        if shutdown.requested.wait(1):
            return
    shutdown.requested.set()
