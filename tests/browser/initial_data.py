"""The data before the first browser test: a user per role, hostile names, an inactive schedule."""

from __future__ import annotations

from certification.accounts.roles import Role
from tests.acceptance.deployment import PASSWORD, Deployment

ADDRESSES = {role: f"{role}@example.com" for role in Role}
HOSTILE = "<script>alert(1)</script>"
HOSTILE_MODEL = "amazon.nova-micro-v1:0"
_CODE = f"""
from django.contrib.auth.models import User
from certification.accounts.roles import Role, give_role
from certification.models import Schedule
from models_registry.models import AIModel
for role in Role:
    name = f"{{role}}@example.com"
    give_role(User.objects.create_user(name, name, {PASSWORD!r}, is_staff=True), role)
AIModel.objects.filter(api_model_id={HOSTILE_MODEL!r}).update(name={HOSTILE!r})
Schedule.objects.create(name={HOSTILE!r}, is_active=False)
"""


def create_initial_data(deployment: Deployment) -> None:
    """Creates the data. All users have the same password."""
    deployment.run_python(_CODE)
