"""Third release: what is carried from one authority to another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.walls import statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("task", sa.Column("away_id", sa.Uuid(), nullable=True))
    keep_deliveries()
    keep_handed_packages()


def keep_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("side", sa.String(length=64), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("other_name", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_name", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_delivery_tenant_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"],
            name=op.f("fk_delivery_tenant_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"], ["task.tenant_id", "task.id"], name=op.f("fk_delivery_tenant_id_task_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delivery")),
    )  # fmt: skip
    op.create_index("delivery_task", "delivery", ["tenant_id", "task_id"])
    op.create_index("delivery_instance", "delivery", ["tenant_id", "instance_id"])
    for sql in statements("delivery", op.get_bind().dialect.name):
        op.execute(sa.DDL(sql.replace("%", "%%")))


def keep_handed_packages() -> None:
    op.create_table(
        "handed_package",
        sa.Column("side", sa.String(length=64), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("other_name", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_name", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("urged", sa.Integer(), nullable=False),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"],
            name=op.f("fk_handed_package_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_handed_package")),
    )  # fmt: skip
    op.create_index("handed_package_hash", "handed_package", ["tenant_id", "side", "package_hash"])
    op.create_index("handed_package_name", "handed_package", ["tenant_id", "side", "package"])
    op.create_index("handed_package_instance", "handed_package", ["tenant_id", "instance_id"])
    for sql in statements("handed_package", op.get_bind().dialect.name):
        op.execute(sa.DDL(sql.replace("%", "%%")))
