from django.apps import AppConfig
from django.db.models.signals import pre_delete


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self):
        from . import erasing

        pre_delete.connect(erasing.erase, sender="people.Person")
