"""`manage.py create_first_admin`: the two first accounts of an empty installation, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts import audit, audit_types
from accounts.auth.passwords import one_time_password
from accounts.choices import Role
from accounts.models import Assignment, User

# The administrator may grant township roles only, so a security administrator must exist from the start.
FIRST = (("admin", "系统管理员", Role.ADMIN), ("security", "安全管理员", Role.SECURITY_ADMIN))


class Command(BaseCommand):
    help = "在空系统中建立系统管理员和安全管理员,各显示一次初始密码"

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.using("owner").exists():
            raise CommandError("系统中已有账号,不能再用本命令建立管理员。请由安全管理员在“账号”页办理。")
        with transaction.atomic(using="owner"):
            for username, name, role in FIRST:
                password = self._seat(username, name, role)
                self.stdout.write(f"{name}  用户名 {username}  初始密码 {password}")
        self.stdout.write("初始密码只显示这一次,初次登录须修改。")

    @staticmethod
    def _seat(username: str, name: str, role: Role) -> str:
        password = one_time_password()
        audit.act(None, audit_types.USER_CREATED, User, using="owner")
        user = User(
            username=username,
            display_name=name,
            must_change_password=True,
            password_changed_at=timezone.now(),
        )
        user.set_password(password)
        user.save(using="owner")
        audit.act(None, audit_types.ROLE_GRANTED, Assignment, using="owner")
        Assignment.objects.using("owner").create(
            user_id=user.pk, holder_name=name, office_name="系统", role=role, valid_from=timezone.localdate()
        )
        return password
