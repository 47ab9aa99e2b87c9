from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with a site of our own. It takes the place of django.contrib.admin."""

    default_site = "desk.sites.DeskSite"
