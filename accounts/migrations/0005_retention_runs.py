import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_idempotency_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                (
                    "rule",
                    models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="规则"),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="最近执行"
                    ),
                ),
                ("removed", models.BigIntegerField(default=0, verbose_name="清理数")),
                (
                    "error",
                    models.CharField(blank=True, default="", max_length=64, verbose_name="错误"),
                ),
            ],
            options={"verbose_name": "数据保留执行情况"},
        ),
    ]
