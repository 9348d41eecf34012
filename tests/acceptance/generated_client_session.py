"""A session of the client that openapi-python-client generated from the schema: signs in, certifies
three models in two regions, follows the events to the end, exports the job and reads the file.

    generated_client_session.py ADDRESS EMAIL PASSWORD      (its package on PYTHONPATH)
"""

from __future__ import annotations

import io
import sys

import httpx
import openpyxl
from homologa_client import AuthenticatedClient, Client
from homologa_client.api.auth import login
from homologa_client.api.exports import export_job
from homologa_client.api.jobs import certify_multiple, get_job
from homologa_client.api.registry import list_certifiable_models
from homologa_client.models import CertifyMultipleRequest, ExportJobFormatName, LoginRequest

address, email, password = sys.argv[1:]
anonymous = Client(base_url=address, raise_on_unexpected_status=True)
signed_in = login.sync(client=anonymous, body=LoginRequest(email=email, password=password))
client = AuthenticatedClient(address, signed_in.data.token, raise_on_unexpected_status=True)

models = list_certifiable_models.sync(client=client).data
chosen = [m for m in models if m.api_model_id.startswith("amazon.nova-")][:3]
body = CertifyMultipleRequest(
    model_ids=[str(m.id) for m in chosen], regions=["us-east-1", "us-east-2"]
)
opened = certify_multiple.sync(client=client, body=body).data
assert opened.total_jobs == 6

events = f"{address}/api/certification-queue/jobs/{opened.job_id}/events"
headers = {"Authorization": f"Bearer {signed_in.data.token}"}
seen: list[str] = []
with httpx.stream("GET", events, headers=headers, timeout=60) as stream:
    for line in stream.iter_lines():
        if line.startswith("event: "):
            seen.append(line.removeprefix("event: "))
assert seen[0] == "job", seen
assert seen[-1] == "end", seen
assert "certification" in seen, seen

job = get_job.sync(client=client, job_id=str(opened.job_id)).data
assert (str(job.status), job.processed_models) == ("COMPLETED", 6)

file = export_job.sync(
    client=client, job_id=str(opened.job_id), format_name=ExportJobFormatName.XLSX
)
sheet = openpyxl.load_workbook(io.BytesIO(file.payload.read())).worksheets[0]
names = {str(cell.value) for row in sheet.iter_rows() for cell in row}
assert {m.name for m in chosen} <= names
print(f"{job.success_count} of {job.total_models} passed, {sheet.max_row} rows in the spreadsheet")
