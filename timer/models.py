from django.db import models


class JobRecord(models.Model):
    """When a job of the timer last ran, and how it went."""

    name = models.SlugField(primary_key=True)
    started_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    done = models.CharField(max_length=200, blank=True, help_text="What the last success did.")
    failed_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="What the last failure was.")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name
