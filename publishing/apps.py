from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, post_save, pre_delete, pre_save


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = "Sources and redirects"

    def ready(self):
        from . import redirects, updates, workflow
        from .models import Redirect
        from .models.revisions import publishable_models
        from .version import check_triggers, install_triggers

        post_migrate.connect(install_triggers, sender=self)
        register(check_triggers, Tags.database)

        pre_save.connect(redirects.fold_onwards, sender=Redirect)
        post_save.connect(redirects.fold_backwards, sender=Redirect)
        for model in redirects.models_with_addresses():
            pre_save.connect(redirects.note_address, sender=model)
            post_save.connect(redirects.lead_on, sender=model)
        for model in publishable_models():
            post_save.connect(updates.keep_up, sender=model)
            pre_delete.connect(workflow.forget, sender=model)
