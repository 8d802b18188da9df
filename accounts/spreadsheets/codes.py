"""Every reason for which a file, a row or a cell is refused: code, sentence, remedy."""

from __future__ import annotations

FILE_CODES = {
    "XL-001": "文件是空的。请重新选择文件。",
    "XL-002": "文件超过 20 MB。请分成几个文件，或另存为 .csv 后再传。",
    "XL-003": "不是 .xlsx 或 .csv 文件。请在表格软件里另存为 .xlsx 后再传。",
    "XL-004": "是旧版 .xls 文件。请另存为 .xlsx 后再传。",
    "XL-005": "文件加了密码。请去掉打开密码后再传。",
    "XL-006": "内容是网页，不是工作簿。请用表格软件打开后另存为 .xlsx。",
    "XL-007": "文件含宏。请另存为不含宏的 .xlsx 后再传。",
    "XL-008": "文件引用了外部工作簿或数据连接。请断开链接、粘贴为数值后再传。",
    "XL-009": "文件嵌入了其他对象或控件。请删除后再传。",
    "XL-010": "文件已损坏，读不出来。请重新保存后再传。",
    "XL-011": "解压后过大，不像正常的工作簿。请把数复制到新的工作簿，存为 .xlsx 后再传。",
    "XL-012": "压缩包结构异常，不像表格软件保存的文件。请另存为 .xlsx 后再传。",
    "XL-013": "文件内部写法不合规范。请用表格软件另存为 .xlsx 后再传。",
    "XL-014": "行列超过上限（20 万行、256 列）。请清除表外多余的格子，或分成几个文件。",
    "XL-015": "读了 10 秒还没有读完，已停止。请分成几个文件。",
    "XL-016": "读取时占用内存过多或异常中止，已停止。请清除多余格式后另存再传。",
    "XL-017": "没有可读的工作表：都是空的，或都隐藏了。请把数放在显示出来的工作表里再传。",
    "XL-018": "文字编码认不出。请另存为 UTF-8 或 GB18030 的 .csv，或 .xlsx。",
    "XL-019": "是其他格式的文件，不是 .xlsx。请另存为 .xlsx 后再传。",
    "XL-020": "没有找到表头。表头应当含有模板里的列名；请下载模板，把数填进去再传。",
    "XL-021": "缺少列“{detail}”。请补上这一列再传。",
    "XL-022": "列“{detail}”出现了两次。请删去一列或改名。",
    "XL-023": "列“{detail}”认不出。请在对列时选定它是什么，或选不导入。",
    "XL-024": "表头下面没有数据行。请填好后再传。",
    "XL-080": "不是 .zip 压缩包。请把各乡镇的工作簿放进一个 .zip 再传。",
    "XL-081": "压缩包里的文件太多或解压后过大（至多 500 个、合计 128 MB）。请分几次上传。",
    "XL-082": "文件在压缩包里的路径不合规范，没有读。请直接压缩工作簿。",
    "XL-083": "看不出是哪个乡镇的表。请在标题里写明乡镇，或保留区划代码列。",
    "XL-084": "不是本辖区的乡镇。请核对标题里的乡镇名和区划代码。",
    "XL-085": "这一天不在填报日期内。请核对表里的日期。",
    "XL-086": "同一乡镇同一天在前面已有一个文件（{detail}）。请只留一个。",
    "XL-087": "备注里有身份证号或手机号。请删去后再传。",
    "XL-088": "没有读：前面有几个文件使读取中止。请取出那几个文件后，把其余的再传一次。",
    "XL-026": "文件有密级标志，本系统不收涉密文件。",
}

CELL_CODES = {
    "XL-030": "公式没有结果。请在表格软件里重新计算并保存，或改成数值。",
    "XL-031": "是公式。请复制后选择性粘贴为数值。",
    "XL-032": "是错误值。请改正公式或填写数值。",
    "XL-034": "合并单元格里的数字不知道属于哪一行。请取消合并，逐行填写。",
    "XL-035": "数字超过 15 位，后几位已经丢失。请把该列设为文本格式后重新填写。",
    "XL-036": "含有不能使用的字符。",
    "XL-037": "应当是文本，却存成了数字。请把该列设为文本格式后重新填写。",
    "XL-040": "必填。",
    "XL-041": "不是整数。",
    "XL-042": "不在允许的范围内，应{detail}。",
    "XL-043": "不是有效的日期。请写成 2026-05-01。",
    "XL-044": "不在可选的值里。",
    "XL-045": "请填“是”或“否”。",
    "XL-046": "超过规定的长度。",
    "XL-047": "格式不对。",
    "XL-048": "应当是最多一位小数的数。",
    "XL-050": "在本单位范围内找不到这个地方。",
    "XL-051": "不属于本单位。",
    "XL-052": "本单位范围内有同名的，请填 12 位代码，或加上乡镇列。",
    "XL-053": "系统里没有这一条，本表只更新已有的。",
    "XL-054": "名称与代码对不上，这个代码是“{detail}”。",
    "XL-060": "与第 {detail} 行重复。",
    "XL-061": "不符合“{detail}”。",
    "XL-070": "合计行不等于各行之和（各行之和为 {detail}）。",
}

ALL_CODES = FILE_CODES | CELL_CODES


def sentence(code: str, detail: str = "") -> str:
    """The Chinese sentence of a code."""
    return ALL_CODES[code].format(detail=detail)


def column_letters(col: int) -> str:
    """`A` for 1, `AA` for 27; '' for 0."""
    letters = ""
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place(sheet: str, row: int, col: int) -> str:
    """Where, as the user sees it in the table program: 工作表“x” 第 3 行 C 列."""
    parts = [f"工作表“{sheet}”"] if sheet else []
    if row:
        parts.append(f"第 {row} 行")
    if col:
        parts.append(f"{column_letters(col)} 列")
    return " ".join(parts)


class FileRefused(Exception):
    """A file refused as a whole. `str()` is the sentence for the user with the place and the code."""

    def __init__(self, code: str, *, sheet: str = "", row: int = 0, col: int = 0, detail: str = "") -> None:
        self.code, self.sheet, self.row, self.col, self.detail = code, sheet, row, col, detail
        self.message = sentence(code, detail)
        super().__init__(code)

    def __str__(self) -> str:
        where = place(self.sheet, self.row, self.col)
        return f"{where}：{self.message}（{self.code}）" if where else f"{self.message}（{self.code}）"
