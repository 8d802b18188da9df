-- The widest scope of each job that nobody asked for. A name that is not here has none.

INSERT INTO accounts_systemscope (name, label, path) VALUES
    ('areas', '区划变更到日生效、核对区划树', ''),
    ('audit', '审计链校验和锚点', ''),
    ('comments', '点评起草和催办', ''),
    ('housekeeping', '清理到期文件、检查运行状况', ''),
    ('retention', '到期数据清理', ''),
    ('notices', '到期提醒', ''),
    ('schedules', '到时间的导出', ''),
    ('rollup', '日报汇总', ''),
    ('lifecycle', '重开到期收回', '')
ON CONFLICT (name) DO UPDATE SET label = excluded.label, path = excluded.path;
