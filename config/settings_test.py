"""What tests change: a fast hasher, mail in memory, tasks kept in memory. The data services stay real."""

from config.settings import *  # noqa: F403
from config.settings import REST_FRAMEWORK, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_THROTTLE_RATES": {"person": "1000000/min", "submission": "1000000/min", "sign_in": "1000000/min"},
}
ACCOUNT_RATE_LIMITS = {}
DEMO = True
STAFF_NEEDS_SECOND_FACTOR = False
# A test that settles means now.
SETTLEMENT_LONGEST_WAIT_SECONDS = 0
