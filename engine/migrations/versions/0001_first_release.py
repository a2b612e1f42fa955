"""The house as first released: all tables, and the walls around those that belong to tenants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.walls import statements

revision = "0001"
down_revision = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Instant = sa.DateTime(timezone=True)


# Tables whose rows belong to a tenant.
OWNED = (
    "attachment",
    "audit_entry",
    "calendar_day",
    "calendar_season",
    "campaign",
    "draft",
    "duty_occurrence",
    "incident",
    "instance",
    "instance_wait",
    "job",
    "ledger_item",
    "member",
    "package_content",
    "package_file",
    "package_version",
    "receipt",
    "submission",
    "task",
    "task_addressee",
    "unit",
)


def upgrade() -> None:
    make_tables()
    for table in OWNED:
        for sql in statements(table, op.get_bind().dialect.name):
            op.execute(sa.DDL(sql.replace("%", "%%")))


def make_tables() -> None:
    op.create_table(
        "ended_session",
        sa.Column("until", Instant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_session")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("at", Instant, nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index("audit_subject", "audit_entry", ["tenant_id", "subject_kind", "subject_id"], unique=False)

    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("tenant_id", "day", name=op.f("uq_calendar_day_tenant_id_day")),
    )
    op.create_table(
        "calendar_season",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_season")),
        sa.UniqueConstraint(
            "tenant_id", "name", "start", name=op.f("uq_calendar_season_tenant_id_name_start")
        ),
    )
    op.create_table(
        "campaign",
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("choices", Json, nullable=False),
        sa.Column("added", Json, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("launched_at", Instant, nullable=False),
        sa.Column("launched_by", sa.Text(), nullable=False),
        sa.Column("closed_at", Instant, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "incident",
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("settled_at", Instant, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_incident")),
    )
    op.create_index("incident_state", "incident", ["tenant_id", "state"], unique=False)

    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", Instant, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job")),
        sa.UniqueConstraint("tenant_id", "kind", "key", name=op.f("uq_job_tenant_id_kind_key")),
    )
    op.create_index("job_due", "job", ["tenant_id", "state", "due_at"], unique=False)
    op.create_index("job_subject", "job", ["tenant_id", "subject_id", "state"], unique=False)

    op.create_table(
        "package_content",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_package_content")),
    )
    op.create_index("package_content_hash", "package_content", ["tenant_id", "hash"], unique=True)

    op.create_table(
        "package_version",
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_package_version")),
        sa.UniqueConstraint("tenant_id", "hash", name=op.f("uq_package_version_tenant_id_hash")),
        sa.UniqueConstraint(
            "tenant_id", "package", "version", name=op.f("uq_package_version_tenant_id_package_version")
        ),
    )
    op.create_table(
        "receipt",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("command", sa.String(length=64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("tenant_id", "member_id", "key", name=op.f("uq_receipt_tenant_id_member_id_key")),
    )
    op.create_table(
        "tenant",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["tenant.id"], name=op.f("fk_tenant_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "unit",
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_unit_tenant_id_parent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unit")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_unit_tenant_id_code")),
    )
    op.create_index("unit_path", "unit", ["tenant_id", "path"], unique=False)

    op.create_table(
        "user",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("system_admin", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", Instant, nullable=True),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("signed_in_at", Instant, nullable=True),
        sa.Column("password_at", Instant, nullable=True),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("login", name=op.f("uq_user_login")),
    )
    op.create_table(
        "wakeup",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wakeup")),
        sa.UniqueConstraint("tenant_id", "kind", "job_id", name=op.f("uq_wakeup_tenant_id_kind_job_id")),
        info={"global": True},
    )
    op.create_index("wakeup_at", "wakeup", ["at"], unique=False)

    op.create_table(
        "duty_occurrence",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("picked", Json, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_duty_occurrence_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_duty_occurrence")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "duty",
            "number",
            name=op.f("uq_duty_occurrence_tenant_id_campaign_id_duty_number"),
        ),
    )
    op.create_index(
        "duty_occurrence_opens",
        "duty_occurrence",
        ["tenant_id", "campaign_id", "state", "opens"],
        unique=False,
    )

    op.create_table(
        "member",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("posts", Json, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name=op.f("fk_member_tenant_id_unit_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_member_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "unit_id", name=op.f("uq_member_tenant_id_user_id_unit_id")
        ),
    )
    op.create_table(
        "package_file",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "content_id"],
            ["package_content.tenant_id", "package_content.id"],
            name=op.f("fk_package_file_tenant_id_content_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["package_version.tenant_id", "package_version.id"],
            name=op.f("fk_package_file_tenant_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_package_file")),
        sa.UniqueConstraint(
            "tenant_id", "version_id", "path", name=op.f("uq_package_file_tenant_id_version_id_path")
        ),
    )
    op.create_table(
        "posting",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_posting_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_posting_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint(
            "user_id", "tenant_id", "member_id", name=op.f("uq_posting_user_id_tenant_id_member_id")
        ),
        info={"global": True},
    )
    op.create_table(
        "reporting_line",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["tenant.id"], name=op.f("fk_reporting_line_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["tenant.id"], name=op.f("fk_reporting_line_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_line")),
        sa.UniqueConstraint("name", "from_id", "to_id", name=op.f("uq_reporting_line_name_from_id_to_id")),
    )
    op.create_table(
        "draft",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", Instant, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_draft_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "tenant_id", "task_id", "member_id", name=op.f("uq_draft_tenant_id_task_id_member_id")
        ),
    )
    op.create_table(
        "instance",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence_id", sa.Uuid(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("duty", sa.String(length=64), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("desk_id", sa.Uuid(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("open_to_all", sa.Boolean(), nullable=False),
        sa.Column("starter_id", sa.Uuid(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("filed_at", Instant, nullable=True),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("end_node", sa.String(length=64), nullable=True),
        sa.Column("compact", sa.LargeBinary(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "about_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_instance_tenant_id_about_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_instance_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "occurrence_id"],
            ["duty_occurrence.tenant_id", "duty_occurrence.id"],
            name=op.f("fk_instance_tenant_id_occurrence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_instance_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_instance")),
    )
    op.create_index(
        "instance_campaign", "instance", ["tenant_id", "campaign_id", "duty", "state"], unique=False
    )
    op.create_index(
        "instance_occurrence", "instance", ["tenant_id", "occurrence_id", "unit_id"], unique=False
    )
    op.create_index("instance_unit", "instance", ["tenant_id", "unit_id", "state"], unique=False)

    op.create_table(
        "instance_wait",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_instance_wait_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["instance.tenant_id", "instance.id"],
            name=op.f("fk_instance_wait_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_instance_wait")),
        sa.UniqueConstraint(
            "tenant_id",
            "instance_id",
            "kind",
            "name",
            name=op.f("uq_instance_wait_tenant_id_instance_id_kind_name"),
        ),
    )
    op.create_index(
        "instance_wait_name",
        "instance_wait",
        ["tenant_id", "campaign_id", "name", "kind", "since"],
        unique=False,
    )
    op.create_table(
        "submission",
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("answers_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "made_by"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_submission_tenant_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supersedes_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_submission_tenant_id_supersedes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_submission_tenant_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "tenant_id",
            "subject_kind",
            "subject_id",
            "form",
            "version",
            name=op.f("uq_submission_tenant_id_subject_kind_subject_id_form_version"),
        ),
    )
    op.create_table(
        "attachment",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", Instant, nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_attachment_tenant_id_submission_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"],
            ["unit.tenant_id", "unit.id"],
            name=op.f("fk_attachment_tenant_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "uploaded_by"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_attachment_tenant_id_uploaded_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attachment")),
    )
    op.create_index("attachment_content", "attachment", ["tenant_id", "sha256"], unique=False)
    op.create_index("attachment_task", "attachment", ["tenant_id", "task_id"], unique=False)
    op.create_index(
        "attachment_unbound", "attachment", ["tenant_id", "submission_id", "uploaded_at"], unique=False
    )

    op.create_table(
        "ledger_item",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("born_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_ledger_item_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["instance.tenant_id", "instance.id"],
            name=op.f("fk_ledger_item_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_item")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "ledger",
            "number",
            name=op.f("uq_ledger_item_tenant_id_campaign_id_ledger_number"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "ledger",
            "source_id",
            "row",
            name=op.f("uq_ledger_item_tenant_id_ledger_source_id_row"),
        ),
    )
    op.create_index(
        "ledger_item_status", "ledger_item", ["tenant_id", "campaign_id", "ledger", "status"], unique=False
    )

    op.create_table(
        "task",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("duty", sa.String(length=64), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=True),
        sa.Column("post", sa.String(length=64), nullable=True),
        sa.Column("others", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("follow_up", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_name", sa.Text(), nullable=True),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("done_at", Instant, nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("done_name", sa.Text(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_task_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["instance.tenant_id", "instance.id"],
            name=op.f("fk_task_tenant_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_task_tenant_id_submission_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_task")),
        sa.UniqueConstraint(
            "tenant_id", "instance_id", "token", name=op.f("uq_task_tenant_id_instance_id_token")
        ),
    )
    op.create_index("task_desk", "task", ["tenant_id", "state", "desk_id", "due_at"], unique=False)
    op.create_index("task_done", "task", ["tenant_id", "done_by", "done_at"], unique=False)
    op.create_index("task_post", "task", ["tenant_id", "state", "post", "due_at"], unique=False)
    op.create_table(
        "task_addressee",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=True),
        sa.Column("post", sa.String(length=64), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"],
            ["task.tenant_id", "task.id"],
            name=op.f("fk_task_addressee_tenant_id_task_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_task_addressee")),
    )
    op.create_index("task_addressee_desk", "task_addressee", ["tenant_id", "open", "desk_id"], unique=False)
    op.create_index("task_addressee_post", "task_addressee", ["tenant_id", "open", "post"], unique=False)
    op.create_index("task_addressee_task", "task_addressee", ["tenant_id", "task_id"], unique=False)
