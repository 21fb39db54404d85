"""The operators' site shows the work and changes nothing of it."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from annotation.tests.factories import make_user


@pytest.mark.django_db
def test_no_row_of_the_work_is_made_changed_or_deleted_without_its_verb():
    request = RequestFactory().get("/admin/")
    request.user = make_user("operator", is_staff=True, is_superuser=True)
    shown = [site for model, site in admin.site._registry.items() if model._meta.app_label == "annotation"]

    rights = {
        site.model.__name__: {right for right, has in site.get_model_perms(request).items() if has} for site in shown
    }

    assert "Verdict" in rights
    assert {frozenset(each) for each in rights.values()} == {frozenset({"view"})}
