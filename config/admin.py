from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class HomologaAdminConfig(AdminConfig):
    default_site = "certification.admin.site.Site"
