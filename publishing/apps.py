from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = "Sources"

    def ready(self):
        from .version import check_triggers, install_triggers

        post_migrate.connect(install_triggers, sender=self)
        register(check_triggers, Tags.database)
