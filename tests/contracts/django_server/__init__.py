"""A server of Django REST Framework with companies and departments."""
