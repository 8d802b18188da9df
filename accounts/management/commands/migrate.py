"""`migrate` on the alias `owner`, followed by the declared protection of every table."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections, transaction

from accounts.protection import apply_protection


class Command(DjangoMigrate):
    help = "迁移数据库(以 owner 角色)，并把权限、行级策略和触发器恢复到声明的状态"

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        with transaction.atomic(using="owner"):
            apply_protection(connections["owner"])
