from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete


class EnquiriesConfig(AppConfig):
    name = "enquiries"

    def ready(self):
        from . import handling

        pre_delete.connect(handling.give_back, sender=settings.AUTH_USER_MODEL)
