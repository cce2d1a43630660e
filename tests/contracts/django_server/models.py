"""Companies and their departments; a deleted one is marked, as many projects do."""

from django.db import models


class Company(models.Model):
    name = models.TextField(default="")
    updated_at = models.DateTimeField()
    deleted = models.BooleanField(default=False)


class Department(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)
    name = models.TextField(default="")
    updated_at = models.DateTimeField()
    deleted = models.BooleanField(default=False)
