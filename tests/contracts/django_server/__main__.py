"""`python -m tests.contracts.django_server PORT TOKEN` makes the tables and serves them to whoever has the token."""

import os
import sys

import django
from django.core.management import call_command
from django.core.servers.basehttp import run
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.contracts.django_server.settings"
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from django.contrib.auth.models import User  # noqa: E402 - models need the set-up
from rest_framework.authtoken.models import Token  # noqa: E402

Token.objects.create(user=User.objects.create(username="reader"), key=sys.argv[2])
run("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), threading=True)
