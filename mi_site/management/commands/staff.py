import sys
from getpass import getpass

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Makes a staff account, or gives an existing one a new password: what `make staff` does."

    def add_arguments(self, parser):
        parser.add_argument(
            "--username",
            help="Don't ask for it. Without a terminal, the password is read from stdin.",
        )

    def handle(self, username, **options):
        if get_user_model()._meta.db_table not in connection.introspection.table_names():
            raise CommandError("There is no database yet: make run prepares it.")
        try:
            user, password = self.ask(username) if sys.stdin.isatty() else self.read(username)
        except (KeyboardInterrupt, EOFError) as error:
            self.stderr.write("")  # the cursor stands behind a question
            raise CommandError("Nothing was saved.") from error
        is_new = user.pk is None
        user.set_password(password)
        user.is_active = user.is_staff = user.is_superuser = True
        user.save()
        done = "The account {} is made." if is_new else "The account {} has a new password."
        self.stdout.write(done.format(user.get_username()))

    def ask(self, username):
        user = None
        while user is None:
            try:
                user = account(username or input("User name: "))
            except ValidationError as error:
                self.complain(error)
                username = None
        if user.pk and input(
            f"There is an account {user.get_username()}. Give it a new password? [y/N] "
        ) not in ("y", "Y"):
            raise CommandError("Nothing was saved.")
        while True:
            password = getpass("Password: ")
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.complain(error)
                continue
            if password == getpass("Password, again: "):
                return user, password
            self.stderr.write("The two were not the same.")

    def read(self, username):
        if not username:
            raise CommandError(
                "Without a terminal, name the account with --username "
                "and give the password on stdin."
            )
        password = sys.stdin.readline().rstrip("\n")
        try:
            user = account(username)
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return user, password

    def complain(self, error):
        self.stderr.write("\n".join(error.messages))


def account(username):
    """The account of that name, or a new one that is not saved yet."""
    users = get_user_model()
    user = users.objects.filter(username=username).first()
    if user is None:
        user = users(username=username)
        user.clean_fields(exclude=["password"])
    return user
