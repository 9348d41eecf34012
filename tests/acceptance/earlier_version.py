"""A database in the schema of an earlier version, with rows as that version wrote them."""

from __future__ import annotations

# The last migration of each app in the earlier version, in the order of the downgrade.
EARLIER = {"certification": "0003", "models_registry": "0001"}
# The order of the upgrade: parents before children, users first.
FORWARD = (("auth",), ("knox",), ("models_registry", "0001"), ("certification", "0003"))

# The same of the version right before this one.
LAST = {"certification": "0007", "models_registry": "0003"}
LAST_FORWARD = (("auth",), ("knox",), ("models_registry", "0003"), ("certification", "0007"))

PAIRS_A_JOB = 500
FILL = """
    INSERT INTO providers (id, name, is_certifiable) VALUES ('bedrock', 'AWS Bedrock', true);
    INSERT INTO regions (id, name, name_pt, geography, is_active)
    SELECT 'region-' || n, 'Region ' || n, 'Região ' || n, 'US', true
    FROM generate_series(1, 10) AS n;
    INSERT INTO ai_models (id, api_model_id, name, vendor, kind, input_modalities,
        output_modalities, capabilities, lifecycle, is_active, created_at, updated_at, provider_id)
    SELECT gen_random_uuid(), 'vendor.model-' || n, 'Model ' || n, 'Vendor', 'TEXT', '["TEXT"]',
        '["TEXT"]', '{{"streaming": true}}', 'ACTIVE', true, now(), now(), 'bedrock'
    FROM generate_series(1, 50) AS n;
    INSERT INTO certification_jobs (id, type, status, regions, model_ids, config, total_models,
        processed_models, success_count, failure_count, inconclusive_count, unsupported_count,
        cancelled_count, error, task_id, created_at, started_at, completed_at)
    SELECT gen_random_uuid(), 'MULTIPLE_MODELS', 'COMPLETED', '[]', '[]', '{{}}', {pairs}, {pairs},
        {pairs}, 0, 0, 0, 0, '', gen_random_uuid(), now() - n * interval '1 day',
        now() - n * interval '1 day', now() - n * interval '1 day'
    FROM generate_series(1, {jobs}) AS n;
    INSERT INTO job_certifications (id, job_id, model_id, region, status, attempt, proved, passed,
        score, grade, suite_version, started_at, completed_at, duration_ms, created_at, due_at)
    SELECT gen_random_uuid(), job.id, model.id, region.id, 'PASSED', 1, '{{"streaming": true}}',
        true, 87.5, 'B', 'earlier', job.started_at, job.completed_at, 1500, job.created_at,
        job.created_at
    FROM certification_jobs AS job CROSS JOIN ai_models AS model CROSS JOIN regions AS region;
    INSERT INTO certification_evidence (certification_id, results)
    SELECT id, '[{{"id": "answers", "status": "PASSED", "request": "said ção"}}]'
    FROM job_certifications;
    INSERT INTO model_certifications (id, model_id, region, status, verdict, passed, score, grade,
        proved, test_results, completed_at, badge_public)
    SELECT gen_random_uuid(), model.id, region.id, 'CERTIFIED', 'CERTIFIED', true, 87.5, 'B',
        '{{}}', '[]', now(), true
    FROM ai_models AS model CROSS JOIN regions AS region;
"""
# What the last version stored under names that are others in this one.
UNDER_EARLIER_NAMES = """
    INSERT INTO certification_region_gates
        (region, "limit", opened_at, retry_at, failed_probes, reason)
    VALUES ('region-1', 4, now(), now(), 1, 'REGION_SHUT');
    INSERT INTO recertification_policies (id, name, is_active, vendors, capability, every_hours,
        valid_days, from_hour, to_hour, next_round_at, created_at)
    VALUES (gen_random_uuid(), 'nightly', true, '[]', '', 24, 30, 0, 0, now(), now());
    INSERT INTO recertification_policies_chosen_regions (recertificationpolicy_id, region_id)
    SELECT id, 'region-2' FROM recertification_policies;
    UPDATE certification_jobs SET policy_id = (SELECT id FROM recertification_policies);
    UPDATE job_certifications SET error_category = 'REGION_SHUT', rung_at = '2026-01-02 03:04:05Z'
    WHERE region = 'region-1';
    INSERT INTO auth_group (name) VALUES ('planners');
    INSERT INTO auth_group_permissions (group_id, permission_id)
    SELECT auth_group.id, auth_permission.id FROM auth_group, auth_permission
    WHERE auth_group.name = 'planners' AND codename = 'change_recertificationpolicy';
"""
TABLES = (
    "providers",
    "regions",
    "ai_models",
    "certification_jobs",
    "job_certifications",
    "certification_evidence",
    "model_certifications",
)


def filling(jobs: int) -> str:
    """Returns SQL that inserts this number of jobs, each of PAIRS_A_JOB pairs."""
    return FILL.format(jobs=jobs, pairs=PAIRS_A_JOB)
