"""Third release: down the chain and up again. What is carried from one authority to another, packages that are handed down,
templates, copies and their merges, migrations of running campaigns, roll-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.walls import statements

revision = "0003"
down_revision = "0002"

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("task", sa.Column("away_id", sa.Uuid(), nullable=True))
    op.add_column("task", sa.Column("awaited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("unit", sa.Column("authority_id", sa.Uuid(), nullable=True))
    keep_deliveries()
    keep_handed_packages()
    keep_hand_orders()
    keep_templates()
    remember_bases()
    keep_amendments()
    keep_rollups()


def wall_off(*tables: str) -> None:
    """Let each tenant reach none but its own rows of these tables."""
    for table in tables:
        for sql in statements(table, op.get_bind().dialect.name):
            op.execute(sa.DDL(sql.replace("%", "%%")))


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
        sa.Column("hops", Json, nullable=False),
        sa.Column("home", Json, nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
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
    op.create_index("delivery_sent", "delivery", ["tenant_id", "sent_at", "id"])
    wall_off("delivery")


def keep_handed_packages() -> None:
    op.create_table(
        "handed_package",
        sa.Column("side", sa.String(length=64), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("other_name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("through", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.Column("urged_below", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"],
            name=op.f("fk_handed_package_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_handed_package")),
        sa.UniqueConstraint(
            "tenant_id", "side", "package_hash", "other_id",
            name=op.f("uq_handed_package_tenant_id_side_package_hash_other_id"),
        ),
    )  # fmt: skip
    op.create_index("handed_package_name", "handed_package", ["tenant_id", "side", "package"])
    op.create_index("handed_package_instance", "handed_package", ["tenant_id", "instance_id"])
    op.create_index("handed_package_source", "handed_package", ["tenant_id", "source_id"])
    wall_off("handed_package")


def remember_bases() -> None:
    op.add_column("package_version", sa.Column("base_hash", sa.String(length=64), nullable=True))
    op.add_column("package_version", sa.Column("origin", Json, nullable=True))
    op.add_column("package_version", sa.Column("came_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "package_merge",
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("base_hash", sa.String(length=64), nullable=False),
        sa.Column("mine_hash", sa.String(length=64), nullable=False),
        sa.Column("theirs_hash", sa.String(length=64), nullable=False),
        sa.Column("choices", Json, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_name", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_hash", sa.String(length=64), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_package_merge")),
    )
    op.create_index(
        "package_merge_open", "package_merge", ["tenant_id", "package"], unique=True,
        sqlite_where=sa.column("ended_at").is_(None), postgresql_where=sa.column("ended_at").is_(None),
    )  # fmt: skip
    wall_off("package_merge")


def keep_templates() -> None:
    """The gallery is nobody's and everybody's: no wall stands around it."""
    texts = ("title", "title_en", "issuer", "description", "field", "keywords", "words")
    op.create_table(
        "template",
        sa.Column("publisher_id", sa.Uuid(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=64), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("clones", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint("publisher_id", "package", name=op.f("uq_template_publisher_id_package")),
    )
    op.create_index("template_published", "template", ["published_at"])
    op.create_table(
        "template_part",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["template.id"], name=op.f("fk_template_part_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_part")),
        sa.UniqueConstraint("template_id", "place", name=op.f("uq_template_part_template_id_place")),
    )


def keep_amendments() -> None:
    op.create_table(
        "amendment",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("former_hash", sa.String(length=64), nullable=False),
        sa.Column("former_version", sa.String(length=64), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("direction", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("groups", Json, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_name", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"], ["campaign.tenant_id", "campaign.id"],
            name=op.f("fk_amendment_tenant_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_amendment")),
    )  # fmt: skip
    op.create_index("amendment_campaign", "amendment", ["tenant_id", "campaign_id", "started_at"])
    op.create_table(
        "amended_instance",
        sa.Column("amendment_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("kin", sa.String(length=64), nullable=False),
        sa.Column("why", Json, nullable=True),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("due_after", sa.Date(), nullable=True),
        sa.Column("former_hash", sa.String(length=64), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.Column("compact", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("stood", sa.String(length=64), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "amendment_id"], ["amendment.tenant_id", "amendment.id"],
            name=op.f("fk_amended_instance_tenant_id_amendment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"],
            name=op.f("fk_amended_instance_tenant_id_instance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_amended_instance")),
        sa.UniqueConstraint(
            "tenant_id", "amendment_id", "instance_id", name=op.f("uq_amended_instance_tenant_id_amendment_id_instance_id")
        ),
    )  # fmt: skip
    op.create_index(
        "amended_instance_state", "amended_instance", ["tenant_id", "amendment_id", "state", "kin", "id"]
    )
    op.create_index("amended_instance_of", "amended_instance", ["tenant_id", "instance_id", "moved_at"])
    wall_off("amendment", "amended_instance")


def keep_hand_orders() -> None:
    op.create_table(
        "hand_order",
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("choice", Json, nullable=False),
        sa.Column("through", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_name", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"], ["handed_package.tenant_id", "handed_package.id"],
            name=op.f("fk_hand_order_tenant_id_source_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hand_order")),
    )  # fmt: skip
    op.create_index("hand_order_package", "hand_order", ["tenant_id", "package"])
    op.create_table(
        "handed_further",
        sa.Column("handed_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("above", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "handed_id"], ["handed_package.tenant_id", "handed_package.id"],
            name=op.f("fk_handed_further_tenant_id_handed_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_handed_further")),
    )  # fmt: skip
    op.create_index("handed_further_handed", "handed_further", ["tenant_id", "handed_id"])
    wall_off("hand_order", "handed_further")


def keep_rollups() -> None:
    def text(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text(), nullable=False)

    def short(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.String(length=64), nullable=False)

    def number(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.Integer(), nullable=False)

    def told(name: str) -> sa.Column[object]:
        return sa.Column(name, Json, nullable=False)

    def key(name: str, empty: bool = False) -> sa.Column[object]:
        return sa.Column(name, sa.Uuid(), nullable=empty)

    def moment(name: str, empty: bool = False) -> sa.Column[object]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=empty)

    def to(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
        name = op.f(f"fk_{table}_tenant_id_{column}")
        return sa.ForeignKeyConstraint(["tenant_id", column], [f"{of}.tenant_id", f"{of}.id"], name=name)

    def create(table: str, *parts: sa.Column[object] | sa.Constraint) -> None:
        primary = sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}"))
        op.create_table(table, *parts, key("tenant_id"), key("id"), primary)

    create(
        "rollup", key("instance_id"), key("submission_id"), short("package_hash"), told("computed"), told("changed"),
        told("missing"), short("state"), moment("made_at"), moment("stale_at", True), told("why"), told("would"),
        to("rollup", "instance_id", "instance"), to("rollup", "submission_id", "submission"),
        sa.UniqueConstraint("tenant_id", "submission_id", name=op.f("uq_rollup_tenant_id_submission_id")),
    )  # fmt: skip
    op.create_index("rollup_instance", "rollup", ["tenant_id", "instance_id", "state"])
    create(
        "rollup_source", key("rollup_id"), key("instance_id"), key("submission_id", True), text("unit"), short("standing"),
        to("rollup_source", "rollup_id", "rollup"), to("rollup_source", "instance_id", "instance"),
        to("rollup_source", "submission_id", "submission"),
    )  # fmt: skip
    op.create_index("rollup_source_of", "rollup_source", ["tenant_id", "rollup_id"])
    create(
        "level_count", key("instance_id"), short("kind"), text("title"), number("expected"), number("filed"), number("on_time"),
        number("accepted"), told("missing"), to("level_count", "instance_id", "instance"),
        sa.UniqueConstraint("tenant_id", "instance_id", "kind", name=op.f("uq_level_count_tenant_id_instance_id_kind")),
    )  # fmt: skip
    create(
        "carried_item", short("side"), key("other_id"), text("other_name"), key("item_id"), text("package"), short("ledger"),
        number("number"), text("title"), text("unit"), short("status"), sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False), told("data"), number("revision"), number("arrived"),
        short("content_hash"), moment("born_at"), moment("changed_at"),
        sa.UniqueConstraint(
            "tenant_id", "side", "other_id", "item_id", name=op.f("uq_carried_item_tenant_id_side_other_id_item_id")
        ),
    )  # fmt: skip
    op.create_index("carried_item_ledger", "carried_item", ["tenant_id", "side", "package", "ledger"])
    wall_off("rollup", "rollup_source", "level_count", "carried_item")
