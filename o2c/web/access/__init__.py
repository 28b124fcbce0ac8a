"""Signing in: passwords, second factors, passkeys, single sign-on, sessions. On django-allauth, in our own pages."""
