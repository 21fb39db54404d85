#!/usr/bin/env python
"""Django's command line for Foggara."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        # The settings refuse nonsense with a sentence that says what to do: no traceback around it.
        settings.configured or settings.INSTALLED_APPS  # noqa: B018
    except ImproperlyConfigured as error:
        sys.exit(f"foggara: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
