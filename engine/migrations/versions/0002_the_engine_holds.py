"""Second release: what calendars, accounts in bulk, notices and the engine's wider BPMN need in tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.walls import statements

revision = "0002"
down_revision = "0001"

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    keep_tokens()
    keep_codes()
    keep_calendars_and_notices()
    keep_where_tasks_stand()
    find_units_and_desks()
    keep_check_tables()
    keep_incidents_in_any_language()
    keep_former_versions()
    keep_protected_answers()
    keep_draws()
    write_less()


def keep_tokens() -> None:
    op.create_table(
        "api_token",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["posting.id"], name=op.f("fk_api_token_posting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    op.create_index(op.f("ix_api_token_posting_id"), "api_token", ["posting_id"])


def keep_codes() -> None:
    op.add_column("user", sa.Column("code_hash", sa.Text(), nullable=True))
    op.add_column("user", sa.Column("code_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    user, posting = (
        sa.table("user", sa.column("id"), sa.column("shared", sa.Boolean())),
        sa.table("posting", sa.column("user_id"), sa.column("tenant_id")),
    )
    several = (
        sa.select(posting.c.user_id)
        .group_by(posting.c.user_id)
        .having(sa.func.count(posting.c.tenant_id.distinct()) > 1)
    )
    op.execute(sa.update(user).where(user.c.id.in_(several)).values(shared=True))


def keep_calendars_and_notices() -> None:
    op.add_column(
        "calendar_season", sa.Column("yearly", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("tenant_id", "year", name=op.f("uq_calendar_year_tenant_id_year")),
    )
    op.add_column(
        "duty_occurrence", sa.Column("estimated", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("instance", sa.Column("event", Json, nullable=True))
    op.add_column("attachment", sa.Column("kept", sa.String(length=64), nullable=True))
    op.create_table(
        "notice_document",
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("package_hash", sa.String(length=64), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("paragraphs", Json, nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_name", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_notice_document_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "attachment_id"],
            ["attachment.tenant_id", "attachment.id"],
            name=op.f("fk_notice_document_tenant_id_attachment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notice_document")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "number",
            name=op.f("uq_notice_document_tenant_id_campaign_id_number"),
        ),
    )
    op.create_index("notice_document_package", "notice_document", ["tenant_id", "package_hash", "state"])
    wall("calendar_year", "notice_document")


def keep_where_tasks_stand() -> None:
    for name in ("process", "place", "item"):
        op.add_column("task", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("package_version", sa.Column("uses", Json, nullable=False, server_default="{}"))
    op.add_column("submission", sa.Column("part", sa.Text(), nullable=False, server_default=""))


def wall(*tables: str) -> None:
    """Raise the wall around new tables whose rows belong to tenants."""
    for table in tables:
        for sql in statements(table, op.get_bind().dialect.name):
            op.execute(sa.DDL(sql.replace("%", "%%")))


def find_units_and_desks() -> None:
    """Whoever sits at a desk is asked with each step, and which units are below one with each look around."""
    op.create_index("member_unit", "member", ["tenant_id", "unit_id"])
    if op.get_bind().dialect.name == "postgresql":
        # A subtree is a span of paths, letter by letter; another language's order would put slashes elsewhere.
        op.alter_column("unit", "path", type_=sa.Text(collation="C"))


def keep_check_tables() -> None:
    """Versions of check tables that arrive while a campaign runs, and which one each instance answers."""
    op.create_table(
        "table_version",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("table_id", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("areas", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_table_version_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_table_version")),
        sa.UniqueConstraint(
            "tenant_id",
            "campaign_id",
            "table_id",
            "variant",
            "number",
            name=op.f("uq_table_version_tenant_id_campaign_id_table_id_variant_number"),
        ),
    )
    op.create_table(
        "table_use",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("table_id", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["instance.tenant_id", "instance.id"],
            name=op.f("fk_table_use_tenant_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["table_version.tenant_id", "table_version.id"],
            name=op.f("fk_table_use_tenant_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_table_use")),
        sa.UniqueConstraint(
            "tenant_id", "instance_id", "table_id", name=op.f("uq_table_use_tenant_id_instance_id_table_id")
        ),
    )
    wall("table_version", "table_use")


def keep_former_versions() -> None:
    """Which versions a campaign had before its plan was amended."""
    op.add_column("campaign", sa.Column("former", Json, nullable=False, server_default="[]"))


def keep_protected_answers() -> None:
    """What only the holders of an actor may read stands beside the submissions, not in them."""
    op.create_table(
        "protected_answers",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_protected_answers_tenant_id_submission_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_protected_answers")),
        sa.UniqueConstraint(
            "tenant_id", "submission_id", name=op.f("uq_protected_answers_tenant_id_submission_id")
        ),
    )
    wall("protected_answers")


def keep_draws() -> None:
    """What was drawn from, by which seed, when and by whom."""
    op.create_table(
        "lot_draw",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("frame", Json, nullable=False),
        sa.Column("numbers", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"],
            ["instance.tenant_id", "instance.id"],
            name=op.f("fk_lot_draw_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lot_draw")),
        sa.UniqueConstraint(
            "tenant_id", "instance_id", "form", "field", "part", "number",
            name=op.f("uq_lot_draw_tenant_id_instance_id_form_field_part_number"),
        ),
    )  # fmt: skip
    wall("lot_draw")


def keep_incidents_in_any_language() -> None:
    op.add_column("incident", sa.Column("words", Json, nullable=True))


def write_less() -> None:
    """What most tasks have not stands in no index, and walls look at rows that are written already."""
    for name, column, columns in (
        ("task_post", "post", ["tenant_id", "state", "post", "due_at"]),
        ("task_done", "done_by", ["tenant_id", "done_by", "done_at"]),
    ):
        some = sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, table_name="task")
        op.create_index(name, "task", columns, sqlite_where=some, postgresql_where=some)
    if op.get_bind().dialect.name == "sqlite":
        walls = sa.text(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'wall!_%' ESCAPE '!'"
        )
        for name, table in op.get_bind().execute(walls).all():
            op.execute(sa.DDL(f'DROP TRIGGER "{name}"'))
            for sql in statements(table, "sqlite"):
                if sql.startswith(f'CREATE TRIGGER "{name}"'):
                    op.execute(sa.DDL(sql.replace("%", "%%")))
