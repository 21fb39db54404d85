"""The browsable documentation of the API, under the same policy as every other page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


class ApiDocsView(SpectacularSwaggerSplitView):
    """Read and try the API in the browser."""

    url_name = "schema"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)
        # The library opens this for sign-in windows of OAuth, which we do not have.
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response
